// SPDX-License-Identifier: MPL-2.0

package crud

import (
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud/region"
)

// Clients holds the clients that the provider configured for a vCenter. A resource takes the first of the type that it works with.
type Clients = region.Clients

// Home identifies the server that a configured provider works with.
type Home = region.Home

// Pick returns the client of type C among those that the provider configured. ok is false where there is none, because the provider's
// configuration is not known yet.
func Pick[C any](data any) (client C, ok bool) { return region.Pick[C](data) }

// In returns the clients of the region that a block names, for Pick.
func In(data any, block tftypes.Value) (chosen any, err error) { return region.In(data, block) }
