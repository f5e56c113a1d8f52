import type { RequestScope } from '../../model/request-scope.ts'
import { ServiceModel } from '../../model/service-model.ts'

/** A modelled service that tells of each request it is sent. */
export class ObservedService extends ServiceModel {
  /** Told before the request is taken. */
  onRequest: ((scope: RequestScope) => void) | undefined = undefined

  override request(scope: RequestScope): Promise<void> {
    this.onRequest?.(scope)
    return super.request(scope)
  }
}
