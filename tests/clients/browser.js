// Opens a page in Chromium, prints what the page tells of itself (window.told) and what went wrong in it, as one line of
// JSON, and stays until its input ends. The line "leave" on its input makes the page go away before.
// Usage: node browser.js <path of Chromium> <address of the page> [flags of Chromium …]
const readline = require('readline');
const { chromium } = require('playwright-core');

const [executablePath, url, ...flags] = process.argv.slice(2);
const PATIENCE = 150000;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

async function main() {
  const browser = await chromium.launch({ executablePath, args: [...FLAGS, ...flags], timeout: PATIENCE });
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  const troubles = [];
  page.on('console', (said) => ['error', 'warning'].includes(said.type()) && troubles.push(said.text()));
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('requestfailed', (request) => {
    const why = request.failure().errorText;
    if (why !== 'net::ERR_ABORTED') troubles.push(`${request.url()}: ${why}`); // so ends an answer that nobody reads
  });
  await page.goto(url, { timeout: PATIENCE });
  await page.waitForFunction(() => window.told, null, { timeout: PATIENCE });
  const told = await page.evaluate(() => window.told);
  process.stdout.write(`${JSON.stringify({ told, troubles })}\n`);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === 'leave') await page.goto('about:blank', { timeout: PATIENCE });
  }
  await browser.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
