/** The console's page. The script puts everything variable into it as text, never as markup. */
export const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox console</title>
<link rel="stylesheet" href="/console.css">
<script src="/console.js" type="module"></script>
</head>
<body>
<header>
<h1>Sandbox console</h1>
<p>A simulated RingCentral: play the people at the phones and the outside world. Nobody real is called.</p>
<p id="status" role="status"></p>
</header>
<main>
<section aria-labelledby="dial-title">
<h2 id="dial-title">Place a call</h2>
<form id="dial">
<label>From <select name="from"></select></label>
<label class="outside">Number <input name="number" value="+14155550123" inputmode="tel" autocomplete="off"></label>
<label class="outside">Name <input name="name" value="Ada Lovelace" autocomplete="off"></label>
<label>To <input name="to" list="targets" value="+12055550101" required autocomplete="off"></label>
<datalist id="targets"></datalist>
<button>Call</button>
</form>
</section>
<section aria-labelledby="calls-title">
<h2 id="calls-title">Calls</h2>
<p id="summary" aria-live="polite"></p>
<div class="acts">
<button type="button" id="end-all" title="The network drops every call">End all</button>
<button type="button" id="reset" title="No calls, and people and phones as at the start">Reset</button>
</div>
<div id="calls"></div>
</section>
<section aria-labelledby="people-title">
<h2 id="people-title">Extensions and phones</h2>
<table>
<thead><tr><th scope="col">Extension</th><th scope="col">Do not disturb</th><th scope="col">Phones</th></tr></thead>
<tbody id="people"></tbody>
</table>
</section>
<section aria-labelledby="log-title">
<h2 id="log-title">Latest API requests</h2>
<ol id="log"></ol>
</section>
</main>
</body>
</html>
`;

/** Its style. */
export const css = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: color-mix(in srgb, currentColor 25%, transparent); }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; }
h1 { margin: 0; font-size: 1.5rem; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.15rem; border-bottom: 1px solid var(--line); }
header p { margin: .25rem 0; }
#status { min-height: 1.5em; font-weight: 600; }
form, .acts { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; }
label { display: grid; font-size: .85rem; }
.acts label { grid-auto-flow: column; align-items: center; gap: .25rem; }
button, input, select { font: inherit; padding: .3rem .7rem; }
input, select { min-width: 0; max-width: 16rem; }
[hidden] { display: none !important; }
article { border: 2px solid var(--line); border-radius: .5rem; padding: .5rem 1rem 1rem; margin: .75rem 0; }
article header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem; align-items: center; }
article h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
.party { border-top: 1px solid var(--line); padding: .5rem 0; display: grid; gap: .25rem; }
.party p { margin: 0; overflow-wrap: anywhere; }
.over { opacity: .65; }
.state { font-weight: 600; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .5rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
#log { font: .85rem/1.5 ui-monospace, monospace; padding-left: 0; list-style: none; overflow-wrap: anywhere; }
`;
