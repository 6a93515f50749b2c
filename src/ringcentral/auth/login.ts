import type { Failure } from '../../shared/failure.ts';
import type { SdkPlatform } from './sdk-platform.ts';

/** A login to RingCentral: gives the SDK an access token that is valid. */
export interface Login {
  /** How many tokens there have been: tells whether a 401 was for the present one. */
  readonly generation: number;
  /** Why no request is sent any more; undefined while requests can be sent. */
  readonly ended: Failure | undefined;
  /** Whether RingCentral has refused the login, and not accepted it since: a person has to renew it. */
  readonly isRefused: boolean;
  /** The SDK with a valid access token. @throws Failure */
  platform(): Promise<SdkPlatform>;
  /** After a 401 for the token of that generation: gets another one. @throws Failure */
  renew(generation: number, errorCode: string | undefined): Promise<void>;
  /** App permissions of the token (platform.md 1.8). @throws Failure */
  scopes(): Promise<ReadonlySet<string>>;
  /** Extension id of the user whose token it is (platform.md 1.5); undefined where RingCentral does not say. @throws Failure */
  ownerId(): Promise<string | undefined>;
  /**
   * Ends it.
   * @param why requests fail with this from now on
   */
  close(why: Failure): Promise<void>;
}
