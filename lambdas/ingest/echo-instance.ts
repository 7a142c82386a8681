import type { FoundRecording } from '../../shared/catalog/objects.ts';
import type { ByteSource } from '../../shared/echo/dicom/byte-source.ts';
import { readHeader } from '../../shared/echo/dicom/header.ts';
import { type Instance, readInstance } from '../../shared/echo/dicom/instance.ts';
import { rawMetadata } from '../../shared/echo/dicom/raw-metadata.ts';

/**
 * Reads a DICOM instance's header into what the catalog keeps: all tags for `raw.metadata`, the typed subset for
 * `echo.instances`.
 * @throws SystoleError of the readers, when the header is broken
 */
export async function findInstance(source: ByteSource): Promise<FoundRecording> {
  const header = await readHeader(source);
  const instance = readInstance(header);
  return {
    modality: 'echo',
    format: 'dicom',
    facts: { transferSyntax: instance.transferSyntaxUid, frames: instance.numberOfFrames },
    ...(instance.refusal === null
      ? {}
      : { reason: instance.refusal.reason, detail: instance.refusal.detail }),
    instance: columns(instance),
    tags: rawMetadata(header).map(({ tag1, tag2, value }) => [tag1, tag2, value] as const),
  };
}

/** Integers of the catalog have 32 bits, those of a header may have more where no scanner writes them. */
const integer = (value: number | null | undefined): number | null =>
  value === undefined || value === null || Math.abs(value) > 0x7fffffff ? null : value;

function columns(instance: Instance): Record<string, unknown> {
  // The picture's, where there is one: some scanners name the whole screen first, and traces lie before it.
  const region = instance.regions.find(({ spatialFormat }) => spatialFormat === 1) ?? instance.regions[0];
  return {
    sop_class_uid: instance.sopClassUid,
    sop_instance_uid: instance.sopInstanceUid,
    study_instance_uid: instance.studyInstanceUid,
    series_instance_uid: instance.seriesInstanceUid,
    modality: instance.modality,
    transfer_syntax_uid: instance.transferSyntaxUid,
    photometric_interpretation: instance.photometricInterpretation,
    rows: instance.rows,
    columns: instance.columns,
    number_of_frames: instance.numberOfFrames,
    whole_frames: instance.wholeFrames,
    frame_time_ms: instance.frameTime,
    cine_rate: instance.cineRate,
    heart_rate: instance.heartRate,
    samples_per_pixel: instance.samplesPerPixel,
    bits_allocated: instance.bitsAllocated,
    bits_stored: instance.bitsStored,
    pixel_representation: instance.pixelRepresentation,
    planar_configuration: instance.planarConfiguration,
    ultrasound_color_data_present: integer(instance.ultrasoundColorDataPresent),
    region_spatial_format: integer(region?.spatialFormat),
    region_location_min_x0: integer(region?.minX0),
    region_location_min_y0: integer(region?.minY0),
    physical_delta_x: region?.deltaX,
    physical_delta_y: region?.deltaY,
    physical_units_x: integer(region?.unitsX),
    physical_units_y: integer(region?.unitsY),
    regions: instance.regions,
    acquisition_date_time: instance.acquisitionDateTime,
    instance_creation_date: instance.instanceCreationDate,
    manufacturer_model_name: instance.manufacturerModelName,
    marks: instance.marks,
  };
}
