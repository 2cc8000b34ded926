/** What the dashboards would have drawn, as tables: every query of every panel, over the time of a migration. */
import { DASHBOARDS } from '../../src/metrics/dashboards/dashboards.js';
import type { Panel, Unit } from '../../src/metrics/dashboards/types.js';
import type { Prometheus, Series } from './prometheus.js';

/** Rows of a panel that are shown; the rest is counted. */
const SHOWN_ROWS = 12;

export interface PanelData {
  readonly dashboard: string;
  readonly panel: Panel;
  /** By what the legend calls it. */
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
}

/** Asks all of it, with every choice of a dashboard left at `All`. */
export async function askDashboards(
  prometheus: Prometheus,
  fromMs: number,
  toMs: number,
): Promise<PanelData[]> {
  const answers: PanelData[] = [];
  for (const { title, panels } of DASHBOARDS) {
    for (const panel of panels) {
      const series: { name: string; values: readonly number[] }[] = [];
      for (const { expr, legend } of panel.queries) {
        for (const one of await prometheus.series(withAll(expr), fromMs, toMs)) {
          series.push({ name: named(legend, one), values: one.values });
        }
      }
      answers.push({ dashboard: title, panel, series });
    }
  }
  return answers;
}

/** What the choices above the panels have to choose from, each by dashboard and name. */
export async function askChoices(
  prometheus: Prometheus,
  fromMs: number,
  toMs: number,
): Promise<{ readonly choice: string; readonly values: readonly string[] }[]> {
  const choices = DASHBOARDS.flatMap(({ title, choices }) =>
    choices.map(({ name, query }) => ({ choice: `${title}: $${name}`, query })),
  );
  return Promise.all(
    choices.map(async ({ choice, query }) => {
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
      if (selector === undefined || label === undefined) throw new Error(`${choice} asks ${query}`);
      return {
        choice,
        values: await prometheus.labelValues(withAll(selector), label, fromMs, toMs),
      };
    }),
  );
}

/** A query with every choice left at `All`. */
function withAll(query: string): string {
  return query.replaceAll(/\$(migration|server|relay)\b/g, '.*');
}

const INTRODUCTION = `# Dashboards

What the panels of \`deploy/grafana\` drew of one run of \`npm run test:production\`, as tables: ten servers, two orchestrators
and two relays, of which one each was killed half-way; \`lab9\` was off at first, \`lab10\` was kept up to date until its
cutover. “Highest” is the highest of a series during the migration, “last” the last that it told: a status that no server
has any more tells nothing.
`;

/** Markdown: a heading for each dashboard, a table for each panel. */
export function renderDashboards(answers: readonly PanelData[]): string {
  const lines: string[] = [INTRODUCTION];
  let dashboard = '';
  for (const answer of answers) {
    if (answer.dashboard !== dashboard) lines.push(`## ${(dashboard = answer.dashboard)}`, '');
    lines.push(...renderPanel(answer), '');
  }
  return `${lines.join('\n').trim()}\n`;
}

function renderPanel({ panel, series }: PanelData): string[] {
  const rows = series
    .slice(0, SHOWN_ROWS)
    .map(({ name, values }) => [
      name.replaceAll('|', '\\|'),
      inUnit(Math.max(...values.filter(Number.isFinite)), panel.unit),
      inUnit(values.at(-1) ?? NaN, panel.unit),
    ]);
  const more = series.length - rows.length;
  return [
    `**${panel.title}.** ${panel.description}`,
    '',
    '| series | highest | last |',
    '| --- | --- | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    ...(more > 0 ? ['', `and ${more} more`] : []),
  ];
}

function named(legend: string, { metric }: Series): string {
  return legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? '');
}

function inUnit(value: number, unit: Unit): string {
  // Nothing happened in that time that could be divided by.
  if (!Number.isFinite(value)) return '–';
  switch (unit) {
    case 'bytes':
      return `${(value / 1e6).toFixed(1)} MB`;
    case 'Bps':
      return `${(value / 1e6).toFixed(1)} MB/s`;
    case 's':
      return `${value.toFixed(1)} s`;
    case 'percentunit':
      return `${(value * 100).toFixed(1)} %`;
    case 'dateTimeFromNow':
      return new Date(value).toISOString();
    case 'short':
      return String(Math.round(value * 1000) / 1000);
  }
}
