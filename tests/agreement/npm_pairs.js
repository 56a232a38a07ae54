// SPDX-License-Identifier: Apache-2.0
// Answers "A<tab>B" lines by node-semver, whose folder is the argument.
const semver = require(process.argv[2]);
const lines = require('fs').readFileSync(0, 'utf8').trimEnd().split('\n');
process.stdout.write(lines.map((line) => semver.compare(...line.split('\t'))).join('\n') + '\n');
