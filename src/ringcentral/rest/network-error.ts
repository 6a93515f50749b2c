/** No answer came. `reached`: the request may have got to the platform, so an action may have been done. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly why: 'broken' | 'timed-out' | 'cancelled';
  readonly reached: boolean;

  constructor(why: NetworkError['why'], message: string, reached: boolean) {
    super(message);
    this.why = why;
    this.reached = reached;
  }
}
