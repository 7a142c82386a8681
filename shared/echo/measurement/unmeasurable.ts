/**
 * The closed set of reasons for which a quantity of a cine or a study is not measured. They are stored beside the
 * results, so they are stable names.
 */
export const unmeasurable = {
  not_a_cine: 'The instance is a single picture; the heart is not seen to beat.',
  not_two_dimensional:
    'The instance holds a Doppler spectrum or an M-mode trace and no two-dimensional picture.',
  no_model: 'No segmentation model of this view is in force.',
  wrong_view: 'The view is neither apical four-chamber nor apical two-chamber.',
  chamber_absent: 'The chamber was not found in enough of the frames.',
  poor_segmentation:
    'The outline of the chamber is broken, cut off by the edge of the picture or leaps between frames.',
  too_few_frames: 'There are too few frames, or they are too far apart, to follow a heartbeat.',
  no_full_beat: 'No end-diastole with its end-systole was found.',
  no_spacing:
    'The header gives no size of a pixel, so lengths and volumes are unknown; ejection fraction is not.',
  spacing_units:
    'The header gives the size of a pixel in a unit other than centimetres, or a size that cannot be.',
  region_outside:
    'The ultrasound region of the header is larger than the picture, so its size of a pixel is that of another picture.',
  foreshortened: 'The long axes of the two views differ too much for a biplane volume: one is foreshortened.',
} as const;

export type Unmeasurable = keyof typeof unmeasurable;

/** What was taken for granted or is doubtful about a measurement that is given all the same. Stable names as well. */
export const doubts = {
  view_uncertain:
    'No view is more probable than all others together; the chambers may be those of another view.',
  colour_present: 'The cine holds colour Doppler, which covers a part of the chambers.',
  square_pixels_assumed: 'The header gives no size of a pixel; they are taken to be square.',
  frame_time_from_vector: 'The header gives a time for each frame and none for all; their median is taken.',
  frame_time_from_rate: 'The header gives no frame time; it follows from the cine rate.',
  frame_time_default: 'The header gives neither frame time nor cine rate; 30 frames a second are assumed.',
  beat_at_edge: 'A beat is measured whose end-diastole or end-systole is the first or last frame.',
  frames_left_out: 'Frames with a poor outline were left out and bridged.',
  ventricle_cut: 'The left ventricle touches the edge of the picture in some frames.',
  atrium_cut: 'The left atrium touches the edge of the picture when it is largest.',
  annulus_unseen: 'The mitral annulus is not seen (no atrium); the long axis is that of the shape.',
  lengths_differ: 'The long axes of the two views differ by more than a tenth; one may be foreshortened.',
  heart_rate_default: 'The header gives no heart rate; the published method takes 70 a minute.',
  heart_rate_differs: 'The heart rate of the header is not the one at which the ventricle beats.',
} as const;

export type Doubt = keyof typeof doubts;
