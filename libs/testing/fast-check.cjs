// fast-check as every test gets it: throwing by the seed of the run (src/random-seed.ts).
const fc = require('#fast-check');
const { randomSeed } = require('./src/random-seed');

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: randomSeed() });
module.exports = fc;
