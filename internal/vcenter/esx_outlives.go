package vcenter

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"

// outlives says why a host or a cluster that is to be replaced would be in the way of its successor: its destruction leaves it there.
func outlives(field, what, verb string) error {
	return openstack.Wrong(field, "%s was not %s by this provider: its resource's destruction leaves it as it is, and nothing can take its place. Take the replacement back (leave -replace out, or untaint it), "+
		"or write adopt = true and apply that first", what, verb)
}
