import { describe, expect, it } from 'vitest';
import { Hosts } from '../../../bench/scale/hosts.ts';
import { limits } from '../../../bench/scale/limits.ts';
import { Line } from '../../../bench/scale/line.ts';
import { simulate } from '../../../bench/scale/simulation.ts';
import { Waits } from '../../../bench/scale/waits.ts';
import { edgeBacklogLimit } from '../../../shared/catalog/route.ts';
import { programs } from '../../../shared/deployment/description.ts';

const settings = { gpuVcpus: 32, cpuVcpus: 64 };

describe('simulation', () => {
  it('scores every recording once, whichever way it goes', () => {
    const arrivals = [
      { at: 0, ecg: 5_000, echo: 300 },
      { at: 3_600, ecg: 1, echo: 0 },
    ];
    const { waits, byEdge, byBatch, arrived } = simulate(arrivals, settings);
    expect(arrived).toBe(5_301);
    expect(waits.ecg.total).toBe(5_001);
    expect(waits.echo.total).toBe(300);
    expect(byEdge + byBatch).toBe(arrived);
  });

  it('makes a single ECG wait for the database and for nothing else', () => {
    const { waits } = simulate([{ at: 0, ecg: 1, echo: 0 }], settings, 2);
    const seconds = waits.ecg.percentile(1);
    expect(seconds).toBeGreaterThanOrEqual(limits.database.resume);
    expect(seconds).toBeLessThan(limits.database.resume + 10);
  });

  it('gives the same result for the same seed', () => {
    const run = () => simulate([{ at: 0, ecg: 0, echo: 2_000 }], settings, 7);
    expect(run().span).toBe(run().span);
    expect(run().hosts).toEqual(run().hosts);
  });

  it('takes longer for more, and says that ingest is at its limit', () => {
    const few = simulate([{ at: 0, ecg: 1_000, echo: 0 }], settings);
    const many = simulate([{ at: 0, ecg: 100_000, echo: 0 }], settings);
    expect(many.waits.ecg.percentile(0.5)).toBeGreaterThan(few.waits.ecg.percentile(0.5));
    expect(many.busy.ingest).toBeGreaterThan(0.9);
    expect(few.byBatch).toBe(0);
    expect(edgeBacklogLimit).toBeGreaterThan(1_000);
  });

  it('is faster with more GPUs', () => {
    const echo = [{ at: 0, ecg: 0, echo: 5_000 }];
    expect(simulate(echo, { ...settings, gpuVcpus: 64 }).span).toBeLessThan(simulate(echo, settings).span);
  });
});

describe('hosts', () => {
  it('start cold, stay warm, and start again after they have lingered', () => {
    const hosts = new Hosts({ spot: 0, onDemand: 1 }, 100, () => 0.5);
    expect(hosts.run('infer', 0, 10).endedAt).toBe(110);
    expect(hosts.run('infer', 110 + limits.hostLinger, 10).endedAt).toBe(120 + limits.hostLinger);
    const late = 1_000_000;
    expect(hosts.run('infer', late, 10).endedAt).toBe(late + 110);
  });

  it('give a child up only after all its attempts', () => {
    // Every host is lost at once.
    const hosts = new Hosts({ spot: 1, onDemand: 0 }, 0, () => 0);
    expect(hosts.run('infer', 0, 1e9).succeeded).toBe(false);
    expect(hosts.lost).toBe(programs.infer.attempts);
  });
});

describe('line and waits', () => {
  it('keep the order and lose nothing', () => {
    const line = new Line();
    line.add(1, 5);
    line.add(2, 5);
    expect(line.take(7)).toEqual([
      { uploaded: 1, count: 5 },
      { uploaded: 2, count: 2 },
    ]);
    expect(line.takeUntil(1)).toEqual([]);
    expect(line.takeUntil(2)).toEqual([{ uploaded: 2, count: 3 }]);
    expect(line.length).toBe(0);
  });

  it('weight each group by its size', () => {
    const waits = new Waits();
    waits.add(1, 90);
    waits.add(100, 10);
    expect([0.5, 0.9, 0.95, 1].map((share) => waits.percentile(share))).toEqual([1, 1, 100, 100]);
  });
});
