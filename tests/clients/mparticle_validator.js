// Validates batches with mParticle's own validator, which needs no server (npm @mparticle/data-planning-node).
// Usage: node mparticle_validator.js < cases; reads a JSON array of {document, batch}, prints an array of results.
const { DataPlanService } = require('@mparticle/data-planning-node');

console.warn = () => {}; // it warns of doubled data points

const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const service = new DataPlanService();

async function main() {
  const all = cases.map(({ document, batch }) => service.validateBatch(batch, { version_document: document }));
  console.log(JSON.stringify((await Promise.all(all)).map((one) => one.results)));
}

main();
