// What happens in the shop: a visitor logs in, buys something, logs out. The query says which key the shop has and, if
// not mParticle's own hosts, where it finds mParticle. window.told then has what the SDK heard.
const asked = new URLSearchParams(location.search);
const key = asked.get('key');
const mock = asked.get('mock');

function configuration() {
  const known = { identifyRequest: { userIdentities: { other: 'visitor' } }, isDevelopmentMode: true };
  if (!mock) return known;
  return {
    ...known,
    requestConfig: false,
    forceHttps: false,
    workspaceToken: 'SHOP',
    v1SecureServiceUrl: `${mock}/v1/JS/`,
    v2SecureServiceUrl: `${mock}/v2/JS/`,
    v3SecureServiceUrl: `${mock}/v3/JS/`,
    identityUrl: `${mock}/v1/`,
  };
}

const heard = (call) => new Promise((resolve) => { call(resolve); });

const told = (result) => ({ code: result.httpCode, body: result.body });

const kit = {
  name: 'Acme',
  getId: () => 7,
  constructor: function Acme() {
    this.name = 'Acme';
    this.id = 7;
    this.init = (settings, report) => { this.report = report; };
    this.process = (event) => this.report(this, event);
  },
};

function buy(mParticle) {
  const mug = mParticle.eCommerce.createProduct('Mug', 'sku-1', 10.75, 2);
  const transaction = { Id: 't-9', Revenue: 21.5, Tax: 1, Shipping: 2 };
  mParticle.eCommerce.setCurrencyCode('USD');
  mParticle.eCommerce.logProductAction(mParticle.ProductActionType.Purchase, [mug], { gift: 'no' }, {}, transaction);
}

async function visit(mParticle) {
  const { Identity } = mParticle;
  const customer = { userIdentities: { customerid: 'c-1', email: 'a@shop.example' } };
  const visitor = Identity.getCurrentUser().getMPID();
  const login = told(await heard((done) => { Identity.login(customer, done); }));
  Identity.getCurrentUser().setUserAttribute('tier', 'gold');
  mParticle.logEvent('Hello', mParticle.EventType.Navigation, { plan: 'gold' });
  mParticle.logPageView('Checkout');
  buy(mParticle);
  const address = { userIdentities: { email: 'b@shop.example' } };
  const modify = told(await heard((done) => { Identity.modify(address, done); }));
  const logout = told(await heard((done) => { Identity.logout({ userIdentities: {} }, done); }));
  return { visitor, login, modify, logout };
}

async function others(mParticle, mpids) {
  const { Identity } = mParticle;
  const span = { startTime: Date.now() - 60000, endTime: Date.now() };
  const alias = await heard((done) => { Identity.aliasUsers({ ...mpids, ...span }, done); });
  const audiences = await heard((done) => { Identity.getCurrentUser().getUserAudiences(done); });
  return { alias: alias.httpCode, audiences: audiences.currentAudienceMemberships };
}

async function story() {
  const { mParticle } = window;
  const first = heard((done) => { mParticle.config.identityCallback = done; });
  mParticle.addForwarder(kit);
  mParticle.init(key, { ...configuration(), identityCallback: mParticle.config.identityCallback });
  const identify = told(await first);
  const visited = await visit(mParticle);
  const mpids = { sourceMpid: visited.logout.body.mpid, destinationMpid: visited.visitor };
  return { identify, ...visited, ...(mock ? {} : await others(mParticle, mpids)) };
}

addEventListener('beforeunload', () => window.mParticle.logEvent('Leaving', window.mParticle.EventType.Other));
story().then((result) => { window.told = result; }, (error) => { window.told = { error: String(error) }; });
