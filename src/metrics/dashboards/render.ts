import type { Dashboard, Panel } from './types.js';

/** uid of the data source that deploy/grafana provisions. */
const DATASOURCE = { type: 'prometheus', uid: 'fleetlift-prometheus' };
const COLUMNS = 24;
const HEIGHTS = { stat: 4, timeseries: 8, table: 8, bars: 8 } as const;
const TYPES = { stat: 'stat', timeseries: 'timeseries', table: 'table', bars: 'bargauge' } as const;

/** A dashboard as Grafana (10 and later) reads it from a file. */
export function renderDashboard({ uid, title, choices, panels }: Dashboard): string {
  const dashboard = {
    uid,
    title,
    tags: ['fleetlift'],
    schemaVersion: 39,
    editable: false,
    refresh: '15s',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'browser',
    links: [
      { type: 'dashboards', title: 'fleetlift', tags: ['fleetlift'], asDropdown: false, includeVars: true },
    ],
    templating: {
      list: choices.map(({ name, query }) => ({
        name,
        type: 'query',
        datasource: DATASOURCE,
        query,
        refresh: 2,
        includeAll: true,
        allValue: '.*',
        multi: true,
        current: { text: 'All', value: '$__all' },
        sort: 1,
      })),
    },
    panels: placed(panels).map(([panel, gridPos], at) => renderPanel(panel, gridPos, at + 1)),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** From left to right, and into a new row where one does not fit any more. */
function placed(panels: readonly Panel[]): [Panel, GridPosition][] {
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  return panels.map((panel) => {
    const h = HEIGHTS[panel.kind];
    if (x + panel.width > COLUMNS) {
      x = 0;
      y += rowHeight;
      rowHeight = 0;
    }
    const position = { x, y, w: panel.width, h };
    x += panel.width;
    rowHeight = Math.max(rowHeight, h);
    return [panel, position];
  });
}

function renderPanel(panel: Panel, gridPos: GridPosition, id: number): object {
  const instant = panel.kind !== 'timeseries';
  return {
    id,
    type: TYPES[panel.kind],
    title: panel.title,
    description: panel.description,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: { unit: panel.unit, min: 0, noValue: '–' },
      overrides: [],
    },
    options: optionsOf(panel.kind),
    targets: panel.queries.map(({ expr, legend }, at) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + at),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      instant,
      range: !instant,
      ...(panel.kind === 'table' ? { format: 'table' } : {}),
    })),
    ...(panel.kind === 'table'
      ? { transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }] }
      : {}),
  };
}

function optionsOf(kind: Panel['kind']): object {
  switch (kind) {
    case 'stat':
      return { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'none' };
    case 'timeseries':
      return {
        legend: { displayMode: 'table', placement: 'right', calcs: ['lastNotNull'] },
        tooltip: { mode: 'multi', sort: 'desc' },
      };
    case 'bars':
      return { reduceOptions: { calcs: ['lastNotNull'] }, orientation: 'horizontal', displayMode: 'basic' };
    case 'table':
      return { showHeader: true };
  }
}
