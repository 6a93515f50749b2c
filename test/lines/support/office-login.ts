/** A RingCentral login that the server may use: its name, and the extension behind it. */
export interface OfficeLogin {
  name: string;
  extensionNumber: string;
  /** RingCentral refuses it. */
  isRefused?: boolean;
}
