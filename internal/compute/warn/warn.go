// SPDX-License-Identifier: MPL-2.0

// Package warn holds the warnings that the plans of several nouns share. Each is given once.
package warn

import (
	"context"
	"fmt"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// ForeignFlavor warns of a flavor's extra specs from OpenStack that mean nothing on vSphere, once for all instances that use it. A
// refused value is an error where the flavor is used.
func ForeignFlavor(ctx context.Context, client *vcenter.Client, f openstack.Flavor) {
	leftover, err := vmspec.Ineffective(f)
	if err != nil {
		leftover = append(leftover, err.Error())
	}
	if len(leftover) > 0 {
		crud.WarnOnce(ctx, client.Planned, "The flavor "+f.Name+" of OpenStack on vSphere", fmt.Sprintf(
			"The flavor %s of the OpenStack cloud %s has extra specs that mean nothing on vSphere, or not what they say: %s", f.Name, f.Cloud,
			strings.Join(leftover, ", ")))
	}
}

// WithoutDRS warns of clusters in these zones in which DRS is off, so that a server group's rule has no effect. It warns once for each
// cluster, whether the group or a member of it is planned.
func WithoutDRS(ctx context.Context, client *vcenter.Client, group string, zones ...string) error {
	clusters, err := client.Rules.WithoutDRS(ctx, zones...)
	for _, cluster := range clusters {
		crud.WarnOnce(ctx, client.Planned, fmt.Sprintf("DRS is off in the cluster %s, and the server group %s needs it", cluster, group),
			fmt.Sprintf(
				"The server group %s is a DRS rule, and DRS is off in the cluster %s: the rule would be there, and nobody would follow it", group,
				cluster))
	}
	return err
}
