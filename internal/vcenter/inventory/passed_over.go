// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"regexp"
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// logStores tells which datastores of a cluster may be chosen, and why others may not.
func logStores(ctx context.Context, cluster mo.ComputeResource, pattern string, all []mo.Datastore) {
	if !logging.VCenter.Informs(ctx) {
		return
	}
	match, err := regexp.Compile("^(?:" + pattern + ")")
	if err != nil { // which is the error that the user reads
		return
	}
	may, passedOver := []string{}, []string{}
	for _, store := range all {
		if against := ineligible(store, match); against != "" {
			passedOver = append(passedOver, store.Name+" "+against)
		} else {
			may = append(may, store.Name)
		}
	}
	logging.VCenter.Info(ctx, "datastores that new instances may be on", "name", cluster.Name, "object", cluster.Self.Value, "datastores", may,
		"passed_over", passedOver)
}

// ineligible is what speaks against placing instances on a datastore; empty: nothing.
func ineligible(store mo.Datastore, match *regexp.Regexp) string {
	summary := store.Summary
	switch {
	case !slices.Contains(novaDatastoreTypes, summary.Type):
		return "is of type " + summary.Type
	case !summary.Accessible:
		return "is not accessible"
	case summary.MaintenanceMode != "" && summary.MaintenanceMode != string(types.DatastoreSummaryMaintenanceModeStateNormal):
		return "is in maintenance"
	case !match.MatchString(store.Name):
		return "does not match"
	}
	return ""
}

// PassedOver is why hosts of a place cannot take a machine, for the log.
func (at Target) PassedOver(hosts map[ref]mo.HostSystem, networks []openstack.Network, stores []ref) (why []string) {
	for _, r := range at.Site.members(at.Cluster, at.Host) {
		if host, known := hosts[r]; known {
			if against := at.rejection(host, networks, stores); against != "" {
				why = append(why, against)
			}
		}
	}
	return why
}
