import { buildAll } from '../shared/deployment/build.ts';
import { packagesOf } from './packages.ts';
import { systoleApp } from './systole-app.ts';

systoleApp(packagesOf(await buildAll())).synth();
