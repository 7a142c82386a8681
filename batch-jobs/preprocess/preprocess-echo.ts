import { environment } from '../../shared/deployment/environment.ts';
import { frameForms, frameFormsHash } from '../../shared/echo/frame-forms.ts';
import { echoPage } from '../../shared/reports/echo-page.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import { openInstance } from '../../shared/scoring/open-instance.ts';
import { bucketFolder } from '../../shared/storage/bucket-folder.ts';
import type { ManifestLine } from '../../shared/storage/manifest.ts';
import type { Objects } from '../../shared/storage/objects.ts';
import { cineKey, cinePrefix } from '../../shared/storage/prepared-cine.ts';
import { prepareCine } from './prepare-cine.ts';

/**
 * Brings one echo instance to the frames that the models of the run take, without burned-in text, and writes its page with
 * the first of them and what the header says.
 * @param prepared the hash of what is there already
 * @returns the hash of the forms
 */
export async function preprocessEcho(
  line: ManifestLine,
  prepared: string | null,
  objects: Objects,
): Promise<string> {
  const forms = frameForms(line.models);
  const hash = frameFormsHash(forms);
  const bucket = environment.bucket('work');
  // Objects of the work bucket expire.
  if (prepared === hash && (await objects.size({ bucket, key: cineKey(hash, line.id) })) !== undefined)
    return hash;
  const { header, instance } = await openInstance(objects, line.source);
  const folder = bucketFolder(objects, bucket, cinePrefix(hash, line.id));
  const { first, marks } = await prepareCine(header, instance, forms, line.id, folder);
  // The page of earlier scores stays until there are others.
  if (line.scoredBefore) return hash;
  const page = echoPage({ recordingId: line.id, instance, frame: first, marks });
  const results = environment.bucket('results');
  await objects.put({ bucket: results, key: pageKey(line.id) }, page, 'text/html; charset=utf-8');
  return hash;
}
