/** Temperatures are looked for between these. */
const [lowest, highest] = [1 / 16, 16];

/** Probabilities are kept from 0 and 1, where there are no logits. */
const edge = 1e-6;

/** sigmoid(logit(p) / temperature): above 1 less sure of itself, below 1 surer. Its 1/2 and its order stay. */
export function sharpened(probability: number, temperature: number): number {
  return 1 / (1 + Math.exp(-logit(probability) / temperature));
}

/**
 * The temperature of one class with the least mean negative log-likelihood (Guo et al. 2017; their one temperature of
 * a softmax is here one for each sigmoid), to 0.1 %, by golden section over its logarithm: the likelihood has one
 * maximum in the inverse of the temperature.
 * @param labels 0 or 1, of recordings that the net was not trained on.
 * @returns null when the labels hold one kind only.
 */
export function fitTemperature(labels: ArrayLike<number>, probabilities: ArrayLike<number>): number | null {
  const positives = Array.from(labels).filter((label) => label > 0).length;
  if (positives === 0 || positives === labels.length) return null;
  const loss = (logTemperature: number) => {
    const temperature = Math.exp(logTemperature);
    let sum = 0;
    for (let i = 0; i < labels.length; i++) {
      const z = logit(probabilities[i]!) / temperature;
      // log(1 + e^z) - y z, without overflow
      sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - labels[i]! * z;
    }
    return sum;
  };
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(lowest), Math.log(highest)];
  let [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [atLeft, atRight] = [loss(left), loss(right)];
  while (high - low > 1e-3) {
    if (atLeft < atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - ratio * (high - low);
      atLeft = loss(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + ratio * (high - low);
      atRight = loss(right);
    }
  }
  return Math.exp((low + high) / 2);
}

function logit(probability: number): number {
  const p = Math.min(1 - edge, Math.max(edge, probability));
  return Math.log(p / (1 - p));
}
