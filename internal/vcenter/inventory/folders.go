// SPDX-License-Identifier: MPL-2.0

package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// DeployedPrefix begins the name of the deployed copy of a library item. Item, content version and datastore follow, so that the name
// alone identifies the right copy.
const DeployedPrefix = "novasphere-image-"

// InstancesFolder returns the folder in which instances are made, <folder>/<project>. It makes a missing one.
func (p *Places) InstancesFolder(ctx context.Context) (ref, error) {
	return p.Folder(ctx, p.InstancesPath(), true)
}

// InstancesPath returns the path of InstancesFolder below the datacenter's VM folder.
func (p *Places) InstancesPath() string {
	return strings.Trim(p.c.Config.Folder+"/"+p.c.Config.Project, "/")
}

// Folder finds a VM folder by its path below the datacenter's, and with create makes a missing one. Names are unique in a folder, so of
// two concurrent creations the second finds the folder of the first.
func (p *Places) Folder(ctx context.Context, path string, create bool) (ref, error) {
	dc, err := p.Datacenter(ctx)
	if err != nil || path == "" {
		return dc.VmFolder, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if found, ok := p.folders[path]; ok {
		return found, nil
	}
	vim, err := p.c.wire.Vim(ctx)
	if err != nil {
		return ref{}, err
	}
	found, err := wire.FindByPath(ctx, vim, dc.Kept+"/vm/"+property.EscapePath(path))
	if err != nil {
		return ref{}, faults.Explain("looking for folder "+path, err)
	}
	if found == nil {
		if !create {
			return ref{}, fmt.Errorf("folder %s: %w", path, openstack.ErrNotFound)
		}
		if found, err = makeFolders(ctx, vim, dc, path); err != nil {
			return ref{}, err
		}
	}
	if found.Type != "Folder" {
		return ref{}, openstack.ProviderErrorf("folder", "%s is a %s, not a folder", path, found.Type)
	}
	if p.folders == nil {
		p.folders = map[string]ref{}
	}
	p.folders[path] = *found
	return *found, nil
}

// makeFolders makes the missing folders of a path. It looks up existing ones first, because an account that may create folders in one of
// them need not be allowed to in those above.
func makeFolders(ctx context.Context, vim *vim25.Client, dc Datacenter, path string) (*ref, error) {
	at, missing := dc.VmFolder, false
	for _, name := range strings.Split(path, "/") {
		if !missing {
			found, err := methods.FindChild(ctx, vim, &types.FindChild{This: *vim.ServiceContent.SearchIndex, Entity: at,
				Name: property.EscapeName(name)})
			if err != nil {
				return nil, faults.Explain("looking for folder "+path, err)
			}
			if found.Returnval != nil {
				at = *found.Returnval
				continue
			}
			missing = true
		}
		res, err := methods.CreateFolder(context.WithoutCancel(ctx), vim, &types.CreateFolder{This: at, Name: property.EscapeName(name)})
		var duplicate *types.DuplicateName
		switch {
		case err == nil:
			at = res.Returnval
		case faults.As(err, &duplicate): // made by another process at the same time
			at, missing = duplicate.Object, false
		default:
			return nil, faults.Explain(fmt.Sprintf("making the folder %q of %s", name, path), err)
		}
	}
	return &at, nil
}

// FolderPath returns a folder's path below a root, with a trailing slash.
func FolderPath(root ref, folders []mo.Folder, id string) string {
	path := ""
	for id != "" && id != root.Value {
		i := slices.IndexFunc(folders, func(f mo.Folder) bool { return f.Self.Value == id })
		if i < 0 {
			break
		}
		path = folders[i].Name + "/" + path
		id = property.Deref(folders[i].Parent).Value
	}
	return path
}
