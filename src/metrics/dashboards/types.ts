/** How Grafana writes the numbers of a panel. */
export type Unit = 'short' | 'bytes' | 'Bps' | 's' | 'percentunit' | 'dateTimeFromNow';

/** One panel: what it asks of Prometheus, and how it shows the answer. */
export interface Panel {
  readonly title: string;
  /** What an operator reads out of it. */
  readonly description: string;
  readonly kind: 'timeseries' | 'stat' | 'table' | 'bars';
  readonly unit: Unit;
  /** Of the 24 columns that Grafana has. */
  readonly width: 6 | 8 | 12 | 24;
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
}

export interface Dashboard {
  /** Its file and address; never changes. */
  readonly uid: string;
  readonly title: string;
  /** Choices above the panels: `$name` in a query is what was chosen, all by default. */
  readonly choices: readonly { readonly name: string; readonly query: string }[];
  readonly panels: readonly Panel[];
}
