/** How a connector tells what it does. */

/** What the connector logs through; pino fits. Never given a value of a record or a token. */
export interface ConnectorLog {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}
