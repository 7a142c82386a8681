import { expect, it } from 'vitest';
import { channelBlock } from '../../../../shared/engine/onnx/channel-block.ts';
import { openRuntime } from '../../../../shared/engine/onnx/runtime.ts';

it('the blocked layout has 8 or 16 channels natively, and does not exist in wasm', async () => {
  expect([8, 16]).toContain(await channelBlock(await openRuntime('onnxruntime-node', 1)));
  expect(await channelBlock(await openRuntime('onnxruntime-web', 1))).toBe(0);
});
