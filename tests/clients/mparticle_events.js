// Posts every kind of event that the models of mParticle's Node SDK know: each in a batch of its own, then all in bulk.
// Usage: node mparticle_events.js <url of the mock's mParticle> <key> <secret>; prints what was answered as JSON.
const mParticle = require('mparticle');

const [url, key, secret] = process.argv.slice(2);
const at = 1768467600000;
const flags = { foo: 'bar', answer: 42, arrays: ['foo', 'bar', 'baz'] };

function made(event, members) {
  return Object.assign(event, { timestamp_unixtime_ms: at, custom_attributes: { a: 'b' } }, members);
}

function product() {
  return Object.assign(new mParticle.Product(), { id: 'sku-1', name: 'Mug', price: 19.99, quantity: 1 });
}

function commerce(members) {
  return made(new mParticle.CommerceEvent(), { currency_code: 'USD', custom_flags: flags, ...members });
}

const actions = ['add_to_cart', 'remove_from_cart', 'checkout', 'checkout_option', 'click', 'view_detail', 'purchase',
  'refund', 'add_to_wishlist', 'remove_from_wish_list', 'unknown'];

const events = {
  custom_event: made(new mParticle.AppEvent('navigation', 'Hello'), { custom_flags: flags }),
  screen_view: made(new mParticle.ScreenViewEvent('Home'), { custom_flags: flags }),
  session_start: made(new mParticle.SessionStartEvent(), { session_id: 12345678 }),
  session_end: made(new mParticle.SessionEndEvent(10000), { session_id: 12345678 }),
  application_state_transition: made(new mParticle.ApplicationStateTransitionEvent('application_initialized')),
  push_registration: made(new mParticle.PushRegistrationEvent(true, 'token')),
  push_message: made(new mParticle.PushMessageEvent('token', 'received', '{}', 'background')),
  opt_out: made(new mParticle.OptOutEvent(true)),
  crash_report: made(new mParticle.CrashReportEvent('TypeError', 'gone', 'at main', false)),
  network_performance: made(new mParticle.NetworkPerformanceEvent('GET', 'https://shop.example', 5, 1, 2, 200)),
  breadcrumb: made(new mParticle.BreadcrumbEvent(3, 'cart opened')),
  first_run: made(new mParticle.FirstRunEvent()),
  profile: made(new mParticle.ProfileEvent('b', 'a', 'login')),
  'commerce_event promotion': commerce({ promotion_action: new mParticle.PromotionAction('view', [new mParticle.Promotion()]) }),
  'commerce_event impression': commerce({ product_impressions: [
    Object.assign(new mParticle.ProductImpression(), { product_impression_list: 'Suggested', products: [product()] })] }),
};
for (const action of actions) {
  events[`commerce_event ${action}`] = commerce({
    product_action: new mParticle.ProductAction(action, 't-9', 21.49, [product()]),
  });
}

function batchOf(event) {
  const batch = new mParticle.Batch(mParticle.Batch.Environment.development);
  batch.addEvent(event);
  batch.mpid = 600868121729048600;
  batch.mp_deviceid = '59780f39-d7a0-4ebe-9950-280f937c29e2';
  batch.user_identities = Object.assign(new mParticle.UserIdentities(), { customerid: '123456' });
  batch.user_attributes = { 'hair color': 'brown' };
  batch.device_info = Object.assign(new mParticle.DeviceInformation(), {
    ios_advertising_id: '07d2ebaa-e956-407e-a1e6-f05f871bf4e2',
    att_timestamp_unixtime_ms: at,
    att_authorization_status: mParticle.DeviceInformation.ATTAuthorizationStatus.authorized,
  });
  const consent = new mParticle.ConsentState();
  consent.gdpr = { agreement: new mParticle.GDPRConsentState('v2', true, at, 'shop.example', 'IDFA:a5d934n0') };
  consent.ccpa = { data_sale_opt_out: new mParticle.CCPAConsentState('v3', true, at, 'shop.example', 'IDFA:3f90np3n') };
  batch.consent_state = consent;
  const plan = Object.assign(new mParticle.DataPlanContext(), { plan_id: 'plan', plan_version: 1 });
  batch.context = Object.assign(new mParticle.BatchContext(), { data_plan: plan });
  return batch;
}

function client(configuration) {
  const api = new mParticle.EventsApi(configuration);
  api.apiClient.basePath = `${url}/v2`;
  return api;
}

function answered(send) {
  return new Promise((resolve) => {
    send((error, data, response) => resolve(response ? response.status : String(error)));
  });
}

async function main() {
  const api = client(new mParticle.Configuration(key, secret));
  const statuses = {};
  for (const [name, event] of Object.entries(events)) {
    statuses[name] = await answered((done) => api.uploadEvents(batchOf(event), done));
  }
  const all = Object.values(events).map(batchOf);
  const wordless = batchOf(made(new mParticle.AppEvent(undefined, 'Hello')));
  const other = (one, two) => client(new mParticle.Configuration(one, two));
  console.log(JSON.stringify({
    statuses,
    bulk: await answered((done) => api.bulkUploadEvents(all, done)),
    withoutType: await answered((done) => api.uploadEvents(wordless, done)),
    wrongSecret: await answered((done) => other(key, 'wrong').uploadEvents(all[0], done)),
    emptySecret: await answered((done) => other(key, '').uploadEvents(all[0], done)),
  }));
}

main();
