// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/plan"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
)

// instance holds the vCenter and the network service for the verbs of an instance.
type instance struct{ ports.Plugger }

type instanceRequest = plan.Request
