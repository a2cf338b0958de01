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

// DeployedPrefix begins the name of a library item's deployed copy: item, content version and datastore follow, so that the
// name alone says whether the copy is the right one.
const DeployedPrefix = "novasphere-image-"

// InstancesFolder is where instances are made: <folder>/<project>. It is made when it is missing.
func (p *Places) InstancesFolder(ctx context.Context) (ref, error) {
	return p.Folder(ctx, p.InstancesPath(), true)
}

func (p *Places) InstancesPath() string {
	return strings.Trim(p.c.Config.Folder+"/"+p.c.Config.Project, "/")
}

// Folder finds a VM folder by its path below the datacenter's, and makes it when told to. Names are unique in a folder, so
// whoever makes it second finds the first one's.
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

// makeFolders makes what is missing of a path. What is there is looked up first: who may make folders in one of them need not
// be allowed to in those above.
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
		case faults.As(err, &duplicate): // somebody else has just made it
			at, missing = duplicate.Object, false
		default:
			return nil, faults.Explain(fmt.Sprintf("making the folder %q of %s", name, path), err)
		}
	}
	return &at, nil
}

// FolderPath is a folder's path below a root, with a slash at its end.
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
