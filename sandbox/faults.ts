/** Where armed faults take hold of a call: before it, after it, or instead of it. */

/** One API call as a fault sees it. */
export interface FaultCall {
  vendor: 'salesforce' | 'hubspot';
  /** The org's or portal's id; null before a token is known. */
  tenantId: string | null;
  /** The route's name, e.g. `GET /query`. */
  operation: string;
  request: Request;
}

/** A fault that has been armed. It decides by itself how often it strikes. */
export interface Fault {
  name: string;
  strikes: (call: FaultCall) => boolean;
  /**
   * Answers the call; `proceed` runs it as if nothing were wrong (a cut after commit does so
   * first).
   */
  apply: (call: FaultCall, proceed: () => Promise<Response>) => Promise<Response>;
}

/** The armed faults, in the order in which they were armed. */
export class FaultRegistry {
  #armed: Fault[] = [];

  arm(fault: Fault): void {
    this.#armed.push(fault);
  }

  disarm(name: string): void {
    this.#armed = this.#armed.filter((fault) => fault.name !== name);
  }

  names(): string[] {
    return this.#armed.map((fault) => fault.name);
  }

  /** Runs the call through the first fault that strikes. */
  run(call: FaultCall, proceed: () => Promise<Response>): Promise<Response> {
    const fault = this.#armed.find((one) => one.strikes(call));
    return fault ? fault.apply(call, proceed) : proceed();
  }
}
