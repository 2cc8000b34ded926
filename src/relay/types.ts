/** A relay as the worker on it knows itself. */
export interface RelayContext {
  readonly name: string;
  /** Absolute path of the folder that holds everything the relay makes. */
  readonly dir: string;
  /** TCP port of the receiver. */
  readonly port: number;
  /** Address that sources reach. */
  readonly address: string;
}
