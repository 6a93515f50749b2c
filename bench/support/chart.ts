/** A curve: where it has been measured. Both coordinates are above 0. */
export interface Curve {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  title: string;
  /** What the axes count, with units. */
  x: string;
  y: string;
  curves: readonly Curve[];
}

const width = 640;
const height = 376;
const plot = { left: 70, right: 620, top: 44, bottom: 290 };
/** Of curves, in turn; each can be told from a white and from a black page. */
const colours = ['#3b82f6', '#e0730d', '#12a150', '#c026d3'];

/** An SVG with logarithmic axes: a line that is straight and flat costs the same at any size. */
export function drawChart({ title, x, y, curves }: Chart): string {
  const points = curves.flatMap((curve) => curve.points);
  const across = scale(
    points.map(([at]) => at),
    plot.left,
    plot.right,
  );
  const up = scale(
    points.map(([, value]) => value),
    plot.bottom,
    plot.top,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(title)}" font-family="system-ui, sans-serif" font-size="12">`,
    '<style>text{fill:#24292f}.axis{stroke:#d0d7de}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.axis{stroke:#444c56}}</style>',
    `<text x="${plot.left}" y="20" font-size="14" font-weight="600">${escapeMarkup(title)}</text>`,
    `<text x="${plot.left}" y="36">${escapeMarkup(y)}</text>`,
    ...up.ticks.flatMap((tick) => [
      `<line class="axis" x1="${plot.left}" x2="${plot.right}" y1="${up.at(tick)}" y2="${up.at(tick)}"/>`,
      `<text x="${plot.left - 8}" y="${up.at(tick) + 4}" text-anchor="end">${label(tick)}</text>`,
    ]),
    ...across.ticks.map(
      (tick) =>
        `<text x="${across.at(tick)}" y="${plot.bottom + 18}" text-anchor="middle">${label(tick)}</text>`,
    ),
    `<text x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 36}" text-anchor="middle">${escapeMarkup(x)}</text>`,
    ...curves.flatMap((curve, nth) => drawCurve(curve, nth, across.at, up.at)),
    '</svg>',
    '',
  ].join('\n');
}

type Place = (value: number) => number;

function drawCurve({ name, points }: Curve, nth: number, across: Place, up: Place): string[] {
  const colour = colours[nth % colours.length];
  const places = points.map(([at, value]) => [across(at), up(value)] as const);
  const [left, top] = [plot.left + (nth % 2) * 280, plot.bottom + 58 + Math.floor(nth / 2) * 18];
  return [
    `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map((place) => place.join(',')).join(' ')}"/>`,
    ...places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`),
    `<rect x="${left}" y="${top - 6}" width="12" height="4" fill="${colour}"/>`,
    `<text x="${left + 18}" y="${top}">${escapeMarkup(name)}</text>`,
  ];
}

/** From whole powers of ten around the values to pixels, with a tick at each. */
function scale(values: readonly number[], from: number, to: number): { at: Place; ticks: number[] } {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const ticks = Array.from({ length: high - low + 1 }, (_, nth) => 10 ** (low + nth));
  const at = (value: number) =>
    Math.round((from + ((Math.log10(value) - low) / (high - low)) * (to - from)) * 10) / 10;
  return { at, ticks };
}

const label = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 1 });

const escapeMarkup = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
