package dev.retort.train.report;

/**
 * How the page looks, in light and dark, in narrow and wide windows. Colours are of Okabe and Ito's palette (2008), which people with any
 * colour vision tell apart; the dark theme takes its lighter ones.
 */
final class Stylesheet {

    static final String CSS = """

            :root { color-scheme: light dark; --page: #ffffff; --card: #f6f7f9; --ink: #1b1f24; --soft: #59626e;
              --rule: #d9dde3; --first: #0072b2; --second: #d55e00; --third: #007a5a; --fourth: #b0508a;
              --fifth: #7d6b00; --sixth: #2b8fc7; --hit: 0 114 178; --miss: 213 94 0; }
            @media (prefers-color-scheme: dark) {
              :root { --page: #14171c; --card: #1d2229; --ink: #e8ebef; --soft: #a3adba;
                --rule: #363d47; --first: #56b4e9; --second: #e69f00; --third: #2fc79b; --fourth: #e39cc3;
                --fifth: #f0e442; --sixth: #9fb8ff; --hit: 86 180 233; --miss: 230 159 0; }
            }
            * { box-sizing: border-box; }
            body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 74rem; background: var(--page); color: var(--ink); overflow-wrap: break-word;
              font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
            h1 { margin: 0; font-size: 1.7rem; line-height: 1.25; }
            h2 { margin: 2.75rem 0 1rem; padding-bottom: .3rem; border-bottom: 2px solid var(--rule); font-size: 1.3rem; }
            h2 span { color: var(--soft); font-weight: 400; }
            p { margin: .35rem 0 1rem; max-width: 60rem; text-wrap: balance; }
            .pair + p { margin-top: 1rem; }
            .soft { color: var(--soft); }
            .tiles { display: grid; gap: .75rem; margin: 1.25rem 0 0; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); }
            .tiles div { padding: .7rem .9rem; border-radius: .5rem; background: var(--card); }
            .tiles dt { color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
            .tiles dd { margin: 0; font-size: 1.3rem; font-weight: 600; line-height: 1.3; overflow-wrap: anywhere; }
            .tiles dd small { display: block; color: var(--soft); font-size: .85rem; font-weight: 400; }
            .pair { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); align-items: start; }
            .pair > * { min-width: 0; }
            figure { margin: 0; padding: .75rem; border-radius: .5rem; background: var(--card); }
            figcaption, caption { font-weight: 600; text-align: left; }
            caption { padding: 0 0 .4rem; }
            caption small { display: block; color: var(--soft); font-weight: 400; }
            svg { display: block; width: 100%; height: auto; font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
            svg .tick { fill: var(--soft); }
            svg .legend { fill: var(--ink); }
            svg .grid { stroke: var(--rule); }
            svg .axis { stroke: var(--soft); }
            svg .best { stroke: var(--soft); stroke-dasharray: 2 4; stroke-width: 1.5; }
            svg .best-label { fill: var(--ink); font-weight: 600; }
            svg .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
            svg .line.s0 { stroke: var(--first); }
            svg .line.s1 { stroke: var(--second); stroke-dasharray: 7 4; }
            svg .line.s2 { stroke: var(--third); stroke-dasharray: 2 3; }
            svg .line.s3 { stroke: var(--fourth); stroke-dasharray: 10 3 2 3; }
            svg .line.s4 { stroke: var(--fifth); stroke-dasharray: 12 4; }
            svg .line.s5 { stroke: var(--sixth); stroke-dasharray: 4 2; }
            svg .line.s6 { stroke: var(--ink); stroke-dasharray: 1 3; }
            svg .mark { stroke: var(--card); stroke-width: 1; }
            svg .mark.s0 { fill: var(--first); }
            svg .mark.s1 { fill: none; stroke: var(--second); stroke-width: 1.5; }
            svg .mark.s2 { fill: var(--third); }
            svg .mark.s3 { fill: none; stroke: var(--fourth); stroke-width: 1.5; }
            svg .mark.s4 { fill: var(--fifth); }
            svg .mark.s5 { fill: none; stroke: var(--sixth); stroke-width: 1.5; }
            svg .mark.s6 { fill: var(--ink); }
            svg .hint { fill: transparent; }
            .scroll { margin: 1.25rem 0; overflow-x: auto; }
            .pair .scroll { margin: 0; }
            table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
            th, td { padding: .35rem .7rem; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
            th { font-weight: 600; }
            tbody th { font-weight: 400; overflow-wrap: break-word; }
            .number { text-align: right; white-space: nowrap; }
            tfoot th, tfoot td { border-bottom: 0; border-top: 2px solid var(--rule); font-weight: 600; }
            tfoot tr + tr th, tfoot tr + tr td { border-top: 0; font-weight: 400; }
            tr.chosen th, tr.chosen td { background: var(--card); font-weight: 600; }
            td.most { color: var(--first); font-weight: 600; }
            a { color: var(--first); }
            .wide { width: 100%; }
            .confusion td { min-width: 5rem; border: 2px solid var(--page); text-align: center; }
            .confusion td small { display: block; white-space: nowrap; }
            .confusion td.hit { background: rgb(var(--hit) / calc(var(--shade) * .55)); outline: 2px solid var(--first); outline-offset: -4px; font-weight: 600; }
            .confusion td.miss { background: rgb(var(--miss) / calc(var(--shade) * .55)); }
            .confusion thead th { text-align: center; vertical-align: bottom; }
            .confusion .corner { text-align: left; color: var(--soft); font-weight: 400; }
            .epochs thead th { min-width: 5.5rem; white-space: normal; vertical-align: bottom; }
            .runs thead th { min-width: 5rem; white-space: normal; vertical-align: bottom; }
            .runs th:first-child { position: sticky; left: 0; background: var(--page); white-space: nowrap; }
            .sentence { width: 62%; overflow-wrap: anywhere; }
            .probability { white-space: nowrap; }
            .wrong { color: var(--second); font-weight: 600; }
            summary { cursor: pointer; padding: .35rem 0; font-weight: 600; }
            details { margin: 1rem 0; }
            @media (max-width: 40rem) {
              th, td { padding: .3rem .4rem; }
              table { font-size: .9rem; }
              .confusion td { min-width: 3.6rem; }
              .worst, .worst thead, .worst tbody { display: block; }
              .worst tr { display: grid; grid-template-columns: 1fr 1.5fr 5rem; border-bottom: 1px solid var(--rule); }
              .worst caption { display: block; }
              .worst th, .worst td { border: 0; overflow-wrap: anywhere; }
              .worst .sentence { grid-column: 1 / -1; width: auto; padding-bottom: 0; }
              .worst td:not(.sentence) { font-size: .95em; }
            }
            @media print { .scroll { overflow: visible; } section { break-inside: auto; } figure, tr { break-inside: avoid; } }
            """;

    private Stylesheet() {}
}
