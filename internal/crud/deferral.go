// SPDX-License-Identifier: MPL-2.0

package crud

import "github.com/hashicorp/terraform-plugin-framework/resource"

// Deferred takes the place of Clients where the provider's configuration is unknown and Terraform accepts that everything of the provider
// waits for a later round. Terraform asks for that with a client capability: `terraform plan -allow-deferral` of an experimental build, and
// every apply of a stable one, whose provider configurations are known by then.
type Deferred struct{}

// whileDeferred lets resources plan although the provider waits: their plans need no vCenter, and without them the computed attributes of
// a new object would be shown as null, and a configuration that is always refused as fine.
func whileDeferred() resource.ProviderDeferredBehavior {
	return resource.ProviderDeferredBehavior{EnablePlanModification: true}
}
