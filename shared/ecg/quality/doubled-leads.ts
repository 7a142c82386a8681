import { type Lead, type StandardLead, standardLeads } from '../recording.ts';

/** Pairs of standard leads with the same samples, which no heart makes: one was copied in place of the other. */
export function doubledLeads(leads: readonly Lead[]): (readonly [StandardLead, StandardLead])[] {
  const named = standardLeads.flatMap((name) => {
    const lead = leads.find((one) => one.name === name);
    return lead === undefined || lead.samples.every((sample) => sample === lead.samples[0]) ? [] : [lead];
  });
  return named.flatMap((lead, l) =>
    named
      .slice(l + 1)
      .filter((other) => same(lead, other))
      .map((other) => [lead.name, other.name] as [StandardLead, StandardLead]),
  );
}

function same(one: Lead, other: Lead): boolean {
  return (
    one.samples.length === other.samples.length &&
    one.samples.every((sample, i) => Object.is(sample, other.samples[i]))
  );
}
