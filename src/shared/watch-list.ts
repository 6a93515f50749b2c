/** Keeps what the client of a 2025-era connection watches beyond the process. */
export interface WatchList {
  /** What it watched before. */
  readonly uris: readonly string[];
  /** Is awaited before the client hears that it watches, or does not any more. */
  note(uri: string, isWatched: boolean): Promise<void>;
}
