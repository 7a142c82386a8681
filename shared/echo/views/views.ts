/** The groups of views that segmentation and measurement tell apart. */
export const viewGroups = ['a2c', 'a4c', 'plax', 'other'] as const;
export type ViewGroup = (typeof viewGroups)[number];

/** How a view is grouped by the two published mappings, and its name in words. */
interface View {
  readonly title: string;
  /** By anatomy: occluded and zoomed views count as the view that they are a part of. */
  readonly dev: ViewGroup;
  /** By what a chamber can be measured on: whole views only. */
  readonly seg: ViewGroup;
}

/**
 * The 23 views of usal_echo's classifier (those of Zhang et al., Circulation 2018) in the order of its classes, and both
 * of its mappings.
 */
export const views = {
  plax_far: { title: 'Parasternal long axis, remote', dev: 'plax', seg: 'other' },
  plax_plax: { title: 'Parasternal long axis', dev: 'plax', seg: 'plax' },
  plax_laz: { title: 'Parasternal long axis, zoomed on the left atrium', dev: 'plax', seg: 'other' },
  psax_az: { title: 'Parasternal short axis, zoomed on the aortic valve', dev: 'other', seg: 'other' },
  psax_mv: { title: 'Parasternal short axis at the mitral valve', dev: 'other', seg: 'other' },
  psax_pap: { title: 'Parasternal short axis at the papillary muscles', dev: 'other', seg: 'other' },
  a2c_lvocc_s: { title: 'Apical two-chamber, left ventricle occluded', dev: 'a2c', seg: 'other' },
  a2c_laocc: { title: 'Apical two-chamber, left atrium occluded', dev: 'a2c', seg: 'other' },
  a2c: { title: 'Apical two-chamber', dev: 'a2c', seg: 'a2c' },
  a3c_lvocc_s: { title: 'Apical three-chamber, left ventricle occluded', dev: 'other', seg: 'other' },
  a3c_laocc: { title: 'Apical three-chamber, left atrium occluded', dev: 'other', seg: 'other' },
  a3c: { title: 'Apical three-chamber', dev: 'other', seg: 'other' },
  a4c_lvocc_s: { title: 'Apical four-chamber, left ventricle occluded', dev: 'a4c', seg: 'other' },
  a4c_laocc: { title: 'Apical four-chamber, left atrium occluded', dev: 'a4c', seg: 'other' },
  a4c: { title: 'Apical four-chamber', dev: 'a4c', seg: 'a4c' },
  a5c: { title: 'Apical five-chamber', dev: 'other', seg: 'other' },
  other: { title: 'Another view', dev: 'other', seg: 'other' },
  rvinf: { title: 'Right ventricular inflow', dev: 'other', seg: 'other' },
  psax_avz: { title: 'Parasternal short axis at the aortic valve, zoomed', dev: 'other', seg: 'other' },
  suprasternal: { title: 'Suprasternal', dev: 'other', seg: 'other' },
  subcostal: { title: 'Subcostal', dev: 'other', seg: 'other' },
  plax_lac: { title: 'Parasternal long axis, left atrium in the centre', dev: 'plax', seg: 'other' },
  psax_apex: { title: 'Parasternal short axis at the apex', dev: 'other', seg: 'other' },
} as const satisfies Record<string, View>;

export type ViewName = keyof typeof views;

export const viewNames = Object.keys(views) as readonly ViewName[];

/** What is known of a class of a view net; a class that is not among the 23 is another view. */
export const viewOf = (name: string): View =>
  Object.hasOwn(views, name) ? views[name as ViewName] : views.other;
