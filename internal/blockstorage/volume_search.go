// SPDX-License-Identifier: MPL-2.0

package blockstorage

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/volumes"
)

// Cinder's states that can be told: an instance has a volume, or none has. What is there is available, as a snapshot always is.
const (
	statusAvailable = "available"
	statusInUse     = "in-use"
)

// foundVolume is a volume with the instances that have it.
type foundVolume struct {
	openstack.Volume
	held []openstack.Attachment
}

// managed reports whether this provider made the volume, even if it was killed before its record was written.
func (v foundVolume) managed() bool { return volumes.Own(v.Volume) }

func (v foundVolume) status() string {
	if len(v.held) > 0 {
		return statusInUse
	}
	return statusAvailable
}

// bootable reports whether an instance can boot from the volume: it was filled from an image, or from such a volume.
func (v foundVolume) bootable() string {
	return fmt.Sprint(v.Source.Kind == openstack.SourceImage || len(v.ImageProperties) > 0)
}

// searchVolumes finds the volumes of a name, whoever made them; those of any name where it is empty. Which instances have them is read with
// one query for all.
func searchVolumes(ctx context.Context, client *vcenter.Client, name string) ([]foundVolume, error) {
	all, err := client.Volumes.Search(ctx, name)
	if err != nil {
		return nil, err
	}
	held, err := client.Volumes.AllAttachments(ctx)
	if err != nil {
		return nil, err
	}
	found := make([]foundVolume, len(all))
	for i, v := range all {
		found[i] = foundVolume{v, held[v.ID]}
	}
	return found, nil
}

// fits reports whether a filter is unset or matches.
func fits(want types.String, is string) bool {
	return want.ValueString() == "" || want.ValueString() == is
}

// hasPairs reports whether metadata hold all of the written ones.
func hasPairs(want types.Map, have map[string]string) bool {
	for key, value := range crud.StringMap(want) {
		if got, is := have[key]; !is || got != value {
			return false
		}
	}
	return true
}

// described are volumes as messages call them.
func described(all []foundVolume) string {
	names := make([]string, len(all))
	for i, v := range all {
		names[i] = fmt.Sprintf("%s (%s, %d GiB, %s)", v.ID, v.Name, v.Size, v.status())
	}
	return strings.Join(names, ", ")
}
