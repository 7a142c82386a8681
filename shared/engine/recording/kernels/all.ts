/** Importing this file registers every kernel that can be recorded. */
import './batch-norm.ts';
import './convolution.ts';
import './dropout.ts';
import './elementwise.ts';
import './matrix.ts';
import './pooling.ts';
import './recurrence.ts';
import './reduction.ts';
import './resize.ts';
import './shape.ts';
