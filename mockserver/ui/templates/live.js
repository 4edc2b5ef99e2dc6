// Without this the page is as complete, only not live: it waits for the journal to grow and takes the new rows in.
(() => {
  const tenant = new URLSearchParams(location.search).get("tenant") || "default";
  const table = () => document.getElementById("entries");
  const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

  async function grown() {
    const query = new URLSearchParams({ tenant, after: table().dataset.newest, order: "oldest", limit: 1, within: 20 });
    const answer = await fetch(`/_mock/api/v1/entries?${query}`);
    if (!answer.ok) throw new Error(answer.status);
    return (await answer.json()).entries.length > 0;
  }

  async function refresh() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    table().replaceWith(page.getElementById("entries"));
  }

  if (new URLSearchParams(location.search).has("after")) return;
  (async () => {
    for (;;) {
      try {
        if (await grown()) {
          const isRead = table().contains(document.activeElement);
          if (!isRead) await refresh();
          await pause(isRead ? 3 : 0.5);
        }
      } catch {
        await pause(5);
      }
    }
  })();
})();
