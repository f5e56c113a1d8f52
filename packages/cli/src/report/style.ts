/** The style sheet of a report: light and dark by the reader's setting, plain and light on paper. */
export const STYLE_SHEET: string = `
:root{color-scheme:light dark;--paper:#fcfcfb;--card:#fff;--ink:#1c1c1a;--quiet:#5c5c57;--edge:#dcdcd6;--grid:#ececE6;--phase:rgba(120,130,150,.09);--phase-next:rgba(214,158,46,.14);--fault:#b3261e;
--good:#0b6b3a;--good-back:#e3f4ea;--bad:#a3150d;--bad-back:#fce8e6;
--line-0:#6b6b66;--line-1:#0b7a43;--line-2:#c62a1d;--line-3:#a35b00;--line-4:#3557c4;--line-5:#7b3fb5;--line-6:#00798a;--line-7:#8a5a44;
--state-closed:#dfeee5;--on-state-closed:#14532d;--state-open:#d9483b;--on-state-open:#fff;--state-half-open:#f0c25a;--on-state-half-open:#422d00;--hatch:rgba(0,0,0,.28);
--heat-0:#f7e3e0;--heat-1:#0b7a43}
@media (prefers-color-scheme:dark){:root:not([data-printing]){--paper:#161715;--card:#1e1f1d;--ink:#ecece6;--quiet:#a4a49c;--edge:#3a3b37;--grid:#2b2c29;--phase:rgba(140,150,170,.12);--phase-next:rgba(214,158,46,.17);--fault:#ff8a7f;
--good:#7fd6a3;--good-back:#17382a;--bad:#ffa79e;--bad-back:#472320;
--line-0:#a4a49c;--line-1:#55c98a;--line-2:#ff7b6e;--line-3:#f0b04f;--line-4:#8ea8ff;--line-5:#c79bf2;--line-6:#4fc3d3;--line-7:#d0a48f;--heat-0:#4a2a26;--heat-1:#2f9e66;
--state-closed:#21402f;--on-state-closed:#bfe8cf;--state-open:#b8352a;--on-state-open:#fff;--state-half-open:#a87914;--on-state-half-open:#fff;--hatch:rgba(255,255,255,.25)}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1280px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:26px;line-height:1.25;margin:6px 0 4px}h2{font-size:19px;margin:36px 0 10px;padding-top:10px;border-top:1px solid var(--edge)}h3{font-size:15px;margin:0}h4{font-size:13px;margin:0 0 2px;font-weight:600}
p{margin:4px 0 10px}.quiet,figcaption p{color:var(--quiet);font-size:13px;margin:0}
.badge{display:inline-block;font-weight:700;font-size:13px;letter-spacing:.04em;padding:3px 10px;border-radius:4px;border:1px solid}
.good{color:var(--good)}.bad{color:var(--bad)}.badge.good{background:var(--good-back)}.badge.bad{background:var(--bad-back)}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:14px}
.scroll>table{margin:6px 0 14px}.scroll th,.scroll td{text-align:left;padding:5px 14px 5px 0;border-bottom:1px solid var(--edge);vertical-align:top}.scroll td.n,.scroll th.n{text-align:right}.scroll td,.scroll th{white-space:nowrap}.scroll td:last-child{white-space:normal}
.scroll thead th{color:var(--quiet);font-weight:600;font-size:13px}
nav a{margin-right:14px;white-space:nowrap}a{color:var(--line-4)}
figure{margin:16px 0;padding:12px 14px;background:var(--card);border:1px solid var(--edge);border-radius:6px;break-inside:avoid}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:10px 18px;margin-top:8px}.panels>div{min-width:0}
.chart{min-height:120px}.nothing{color:var(--quiet);font-size:13px;padding:40px 0;text-align:center}
.uplot{max-width:100%}.u-legend{text-align:left;font-size:12.5px;margin:2px 0 0 50px;width:auto}.u-legend th,.u-legend td{padding:1px 3px}.u-legend .u-series th{font-weight:400}.u-inline tr{margin-right:8px}.u-legend .u-value{min-width:4.2em;text-align:left}.u-series:first-child .u-marker{display:none}
.u-legend .u-marker{width:1.3em;height:0;border-width:0 0 2px 0!important;margin-right:5px}.u-select{background:rgba(90,120,220,.2)}
details{margin:8px 0}summary{cursor:pointer}pre{background:var(--card);border:1px solid var(--edge);padding:10px;overflow:auto;font-size:12.5px}
svg{max-width:100%;height:auto;font:12px system-ui,sans-serif;fill:var(--ink)}svg .axis{stroke:var(--edge);stroke-width:1}svg .zero{stroke:var(--quiet);stroke-dasharray:3 3}svg .quiet{fill:var(--quiet)}
svg .whisker{stroke:var(--line-0);stroke-width:2}svg .whisker.good{stroke:var(--good)}svg .whisker.bad{stroke:var(--bad)}svg circle,svg rect.point{fill:var(--line-0)}svg circle.good{fill:var(--good)}svg circle.bad,svg rect.bad{fill:var(--bad)}
svg .curve{fill:none;stroke:var(--line-1);stroke-width:2}svg .cell{stroke:var(--paper);stroke-width:2}svg .cold{fill:var(--heat-0)}svg .heat{fill:var(--heat-1)}svg circle.none{fill:var(--paper);stroke:var(--line-0);stroke-width:2}
footer{margin-top:40px;color:var(--quiet);font-size:12.5px}
@media print{:root{color-scheme:light}body{font-size:11pt;background:#fff}main{max-width:none;padding:0}nav{display:none}.panels{display:block}figure{border-color:#ccc;margin:10px 0}.scroll{overflow:visible}.scroll table{font-size:9pt}.scroll th,.scroll td{padding:3px 8px 3px 0}h2{break-after:avoid;margin-top:18px}tr{break-inside:avoid}.u-legend .u-value,.u-legend .u-series:first-child{display:none}}
`.trim()
