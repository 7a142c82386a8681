import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../shared/engine/recording/graph-builder.ts';

const output = (name: string) => ({ name, type: 'float32' as const, shape: [2] });

describe('a graph under construction', () => {
  it('shares equal nodes and equal constants', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [2]);
    expect(graph.emit('Add', [x, graph.scalar(1)])).toBe(graph.emit('Add', [x, graph.scalar(1)]));
    expect(graph.emit('Add', [x, graph.scalar(1)])).not.toBe(graph.emit('Add', [x, graph.scalar(2)]));
    expect(graph.emit('Elu', [x], { alpha: { float: 1 } })).not.toBe(
      graph.emit('Elu', [x], { alpha: { float: 2 } }),
    );
    expect(graph.scalar(1, 'int32')).not.toBe(graph.scalar(1));
  });

  it('drops nodes, inputs and constants that reach no output', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [2]);
    const y = graph.input('y', 'float32', [2]);
    const wanted = graph.emit('Add', [x, graph.scalar(1)]);
    graph.emit('Add', [y, graph.scalar(2)]);
    const { nodes, inputs, initializers } = graph.finish('g', [output(wanted)]);
    expect(nodes.map((node) => node.outputs)).toEqual([[wanted]]);
    expect(inputs.map(({ name }) => name)).toEqual(['x']);
    expect(initializers).toHaveLength(1);
  });

  it('keeps what a subgraph takes from around it', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [2]);
    const outside = graph.emit('Neg', [x]);
    const body = new GraphBuilder('body/');
    const inner = body.emit('Add', [body.input('state', 'float32', [2]), outside]);
    const y = graph.emit('Loop', ['', '', x], { body: { graph: body.finish('body', [output(inner)]) } });
    const { nodes } = graph.finish('g', [output(y)]);
    expect(nodes.map(({ operator }) => operator)).toEqual(['Neg', 'Loop']);
  });

  it('leaves out outputs that nothing needs where the operator allows it', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [2]);
    const [y] = graph.emitMany('MaxPool', [x], { kernel_shape: { ints: [1] } }, 2);
    const [a] = graph.emitMany('Split', [y!], { axis: { int: 0 } }, 2);
    const { nodes } = graph.finish('g', [output(a!)]);
    expect(nodes.map(({ outputs }) => outputs.length)).toEqual([1, 2]);
  });
});
