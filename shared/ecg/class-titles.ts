/** Classes of the shipped models in words, by the names that label tables give them. */
const titles: Readonly<Record<string, string>> = {
  NORM: 'Normal electrocardiogram',
  MI: 'Myocardial infarction',
  STTC: 'ST/T change',
  CD: 'Conduction disturbance',
  HYP: 'Hypertrophy',
};

/** A class in words; a class that is not known here is its own title. */
export const classTitle = (label: string): string => titles[label] ?? label;
