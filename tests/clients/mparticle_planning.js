// Calls the Data Planning API by mParticle's Node SDK (npm @mparticle/data-planning-node), which only knows the real
// hosts: HTTPS_PROXY has to lead to the mock. Usage: node mparticle_planning.js <workspace id> <client id> <client secret>;
// prints what came back as JSON.
const { DataPlanService } = require('@mparticle/data-planning-node');

const [workspaceId, clientId, clientSecret] = process.argv.slice(2);

const point = {
  description: 'bought',
  match: { type: 'custom_event', criteria: { event_name: 'Buy', custom_event_type: 'transaction' } },
  validator: { type: 'json_schema', definition: { properties: { data: { properties: { custom_attributes: {
    type: 'object', additionalProperties: false, properties: { price: { type: 'number' } }, required: ['price'] } } } } } },
};
const attributes = {
  match: { type: 'user_attributes', criteria: {} },
  validator: { type: 'json_schema', definition: { type: 'object' } },
};

function bought(price) {
  const data = { event_name: 'Buy', custom_event_type: 'transaction', custom_attributes: { price } };
  return { event_type: 'custom_event', data };
}

async function refused(call) {
  try {
    return { unexpected: await call() };
  } catch (error) {
    return error.errors || { status: error.response && error.response.status };
  }
}

async function main() {
  const service = new DataPlanService({ workspaceId, clientId, clientSecret });
  const stranger = new DataPlanService({ workspaceId: 1, clientId, clientSecret });
  const version = { version: 1, activated_environment: 'development', version_document: { data_points: [point, attributes] } };
  const told = {};
  told.created = await service.createDataPlan({ data_plan_id: 'node', data_plan_name: 'Node', data_plan_versions: [version] });
  told.plans = await service.getDataPlans();
  told.plan = await service.getDataPlan('node');
  told.updated = await service.updateDataPlan('node', { data_plan_description: 'By Node.' });
  told.next = await service.createDataPlanVersion('node', { version: 2, version_document: { data_points: [] } });
  told.version = await service.getDataPlanVersion('node', 2);
  told.activated = await service.updateDataPlanVersion('node', 2, { activated_environment: 'production' });
  const batch = { events: [bought('cheap'), bought('5'), bought(5)], environment: 'development', mpid: '1' };
  told.server = await service.validateBatch(batch, version, { serverMode: true });
  told.local = await service.validateBatch(batch, version);
  told.event = await service.validateEvent(bought('cheap'), version, { serverMode: true });
  told.active = await refused(() => service.deleteDataPlanVersion('node', 2));
  told.versionDeleted = await service.deleteDataPlanVersion('node', 1);
  told.last = await refused(() => service.deleteDataPlanVersion('node', 2));
  told.unknown = await refused(() => service.getDataPlan('gone'));
  told.unsupported = await refused(() => service.createDataPlanVersion('node', { version_document: { data_points: [
    { ...point, validator: { type: 'json_schema', definition: { anyOf: [] } } }] } }));
  told.forbidden = await refused(() => stranger.getDataPlans());
  told.deleted = await service.deleteDataPlan('node');
  told.left = await service.getDataPlans();
  console.log(JSON.stringify(told));
}

main();
