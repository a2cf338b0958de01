package instance

import (
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/plan"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
)

// instance is what the verbs of an instance work with: the vCenter and the network service.
type instance struct{ ports.Plugger }

type instanceRequest = plan.Request
