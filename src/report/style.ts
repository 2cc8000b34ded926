/** The report's only style sheet: light and dark by the reader's setting, readable on a phone and on paper. */
export const STYLE = `
:root{--text:#1b1f24;--faint:#59636e;--line:#d8dee4;--back:#fff;--panel:#f4f6f8;--good:#116329;--bad:#a40e26;--bar:#4a7dbd;--badbar:#cf4a5c}
@media(prefers-color-scheme:dark){:root{--text:#dfe3e8;--faint:#9aa4ae;--line:#3a4048;--back:#14171a;--panel:#1d2227;--good:#6fdd8b;--bad:#ff8182;--bar:#5b8fd0;--badbar:#d9626f}a{color:#79b8ff}}
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:1.5rem 1rem 4rem;color:var(--text);background:var(--back)}
h1{margin:0 0 .2rem}h2{margin:2.2rem 0 .6rem}h3{margin:1.2rem 0 .3rem;font-size:1rem}
.faint{color:var(--faint)}.bad{color:var(--bad);font-weight:600}.good{color:var(--good)}
.tiles{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0;padding:0;list-style:none}
.tiles li{background:var(--panel);border-radius:.5rem;padding:.5rem .9rem;min-width:7.5rem}
.tiles b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;margin:.2rem 0 .8rem}
th,td{white-space:nowrap;text-align:left;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top;font-variant-numeric:tabular-nums}
td .prose{white-space:normal;overflow-wrap:anywhere;min-width:13rem;max-width:34rem}
td a{display:inline-block;white-space:normal;overflow-wrap:anywhere;min-width:5rem;max-width:18rem}
th{color:var(--faint);font-weight:600}
code,pre{font-family:ui-monospace,monospace;font-size:13px;overflow-wrap:anywhere}
pre{margin:0;white-space:pre-wrap;max-height:20rem;overflow:auto}
details.server{border-top:1px solid var(--line);padding:.5rem 0}
details.server>summary{cursor:pointer;font-weight:600;padding:.2rem 0}
details.server>div{padding-left:1rem}
.track{position:relative;height:1rem;min-width:12rem;width:26vw;max-width:30rem;background:var(--panel);border-radius:.2rem}
.track i{position:absolute;top:0;bottom:0;min-width:2px;background:var(--bar);border-radius:.2rem}
.track i.failed{background:var(--badbar)}
figure{display:inline-block;margin:.3rem 1rem .6rem 0;width:26rem;max-width:100%}
figure img{width:100%;border:1px solid var(--line);border-radius:.3rem;display:block;background:#000}
figcaption{font-size:13px}
@media(max-width:40rem){body{padding:1rem .6rem 3rem}details.server>div{padding-left:.2rem}.tiles li{flex:1 1 40%;min-width:0}}
@media print{details.server>summary{break-after:avoid}.track{border:1px solid #888}}
`;
