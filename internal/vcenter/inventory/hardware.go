// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// CheckHardwareVersion refuses a hardware version that no host of a zone's cluster supports. It is called if a flavor names one, and asks
// once for each cluster.
func (c *Inventory) CheckHardwareVersion(ctx context.Context, zone, version string) error {
	s, err := c.Places.In(zone)
	if err != nil {
		return err
	}
	known, err := s.versionsOnce.Get(func() ([]string, error) { return s.versions(ctx) })
	if err != nil || len(known) == 0 || slices.Contains(known, version) {
		return err
	}
	cluster, err := s.Cluster(ctx)
	if err != nil {
		return err
	}
	return fmt.Errorf("no host of the cluster %s knows the hardware version %s: write one of %s, or leave it out for the image's",
		cluster.Name, version,
		strings.Join(known, ", "))
}

// versions returns the hardware versions that some host of the cluster supports, oldest first; none if the vCenter does not report them.
func (s *Site) versions(ctx context.Context) (out []string, err error) {
	cluster, err := s.Cluster(ctx)
	if err != nil {
		return nil, err
	}
	shown, err := wire.Read[mo.ComputeResource](ctx, s.c.wire, cluster.Self, []string{"environmentBrowser"})
	if err != nil || shown.EnvironmentBrowser == nil {
		return nil, faults.Explain("reading what the cluster "+cluster.Name+" supports", err)
	}
	vim, err := s.c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	res, err := methods.QueryConfigOptionDescriptor(ctx, vim, &types.QueryConfigOptionDescriptor{This: *shown.EnvironmentBrowser})
	if err != nil {
		return nil, faults.Explain("asking what the cluster "+cluster.Name+" supports", err)
	}
	for _, one := range res.Returnval {
		if one.RunSupported {
			out = append(out, one.Key)
		}
	}
	number := func(version string) int {
		n, _ := strconv.Atoi(strings.TrimPrefix(version, "vmx-"))
		return n
	}
	slices.SortFunc(out, func(a, b string) int { return number(a) - number(b) })
	return slices.Compact(out), nil
}
