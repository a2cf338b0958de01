package vcenter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

const (
	// imagePropertyPrefix is where a template's extraConfig holds Glance properties.
	imagePropertyPrefix = "novasphere.image."
	// manyFolders is how many VM folders are asked one by one for a name; beyond it one list of all VMs is cheaper.
	manyFolders = 32
)

// ImageQuery says which image is meant. Empty fields do not matter.
type ImageQuery struct {
	ID         string
	Name       string
	NameRegex  *regexp.Regexp
	Properties map[string]string
	SizeMin    int64 // bytes
	SizeMax    int64 // bytes; 0: any
	Container  string
	DiskFormat string
	Lacking    bool // something is asked for that no image has here: a tag, or to be hidden
	MostRecent bool
}

// imageCache finds images. What was found by id is kept.
type imageCache struct {
	c    *Client
	mu   sync.Mutex
	byID map[string]*wire.Lookup[template]
}

// template is an image with what a clone needs of it. Its config is nil for a library item that was not deployed yet.
type template struct {
	openstack.Image
	config *types.VirtualMachineConfigInfo
}

var templatePaths = []string{"name", "parent", "config", "customValue", "availableField", "summary.config.template",
	"snapshot.currentSnapshot"}

// Image finds the one image that a query means. None, or several without MostRecent, is an error that lists what there is.
func (c *Client) Image(ctx context.Context, q ImageQuery) (openstack.Image, error) {
	if q.ID != "" {
		found, err := c.imageByID(ctx, q.ID)
		if err == nil && q.Name != "" && found.Name != q.Name {
			return openstack.Image{}, openstack.NotFound("image %s is called %q, not %q", q.ID, found.Name, q.Name)
		}
		if err == nil && !q.fits(found.Image) {
			return openstack.Image{}, openstack.NotFound("the image %s (%s) is not as the search says", found.Name, q.ID)
		}
		return found.Image, err
	}
	if q.onlyName() {
		found, err := c.images.slot("name " + q.Name).Get(func() (template, error) {
			image, err := c.searchImage(ctx, q)
			return template{Image: image}, err
		})
		return found.Image, err
	}
	return c.searchImage(ctx, q)
}

// onlyName says that nothing but a name is asked for: what many instances ask, and is answered once.
func (q ImageQuery) onlyName() bool {
	return q.Name != "" && q.NameRegex == nil && len(q.Properties) == 0 && q.SizeMin == 0 && q.SizeMax == 0 && !q.MostRecent &&
		q.Container == "" && q.DiskFormat == "" && !q.Lacking
}

// Images are those that fit, in no order.
func (c *Client) Images(ctx context.Context, q ImageQuery) ([]openstack.Image, error) {
	all, err := c.candidates(ctx, q)
	return slices.DeleteFunc(slices.Clone(all), func(i openstack.Image) bool { return !q.fits(i) }), err
}

func (c *Client) searchImage(ctx context.Context, q ImageQuery) (openstack.Image, error) {
	all, err := c.candidates(ctx, q)
	if err != nil {
		return openstack.Image{}, err
	}
	matches := slices.DeleteFunc(slices.Clone(all), func(i openstack.Image) bool { return !q.fits(i) })
	switch {
	case len(matches) == 1, len(matches) > 1 && q.MostRecent:
		return newest(matches), nil
	case len(matches) > 1:
		return openstack.Image{}, fmt.Errorf("%d images fit: %s; name one by its id, narrow the search, or set most_recent = true", len(matches),
			imageList(matches))
	}
	return openstack.Image{}, c.noSuchImage(ctx, q)
}

// newest is the image that was made last.
func newest(images []openstack.Image) openstack.Image {
	return slices.MaxFunc(images, func(a, b openstack.Image) int { return a.Created.Compare(b.Created) })
}

func (q ImageQuery) fits(i openstack.Image) bool {
	if q.Name != "" && i.Name != q.Name || q.NameRegex != nil && !q.NameRegex.MatchString(i.Name) {
		return false
	}
	if q.Lacking || q.Container != "" && i.Container != q.Container || q.DiskFormat != "" && i.DiskFormat != q.DiskFormat {
		return false
	}
	for key, value := range q.Properties {
		if i.Properties[key] != value {
			return false
		}
	}
	return i.SizeBytes >= q.SizeMin && (q.SizeMax == 0 || i.SizeBytes <= q.SizeMax)
}

// candidates are the images worth a look. A name is looked for folder by folder, so that its cost does not grow with the
// number of virtual machines; a template goes before a library item of the same name. Anything else needs the whole list.
func (c *Client) candidates(ctx context.Context, q ImageQuery) ([]openstack.Image, error) {
	if q.Name == "" {
		return c.allImages(ctx)
	}
	found, err := c.templatesNamed(ctx, q.Name)
	if err != nil || len(found) > 0 {
		return found, err
	}
	return c.libraryItems(ctx, q.Name)
}

// allImages are the templates and the items of libraries.
func (c *Client) allImages(ctx context.Context) ([]openstack.Image, error) {
	templates, err := c.allTemplates(ctx)
	if err != nil {
		return nil, err
	}
	items, err := c.libraryItems(ctx, "")
	return append(templates, items...), err
}

func (c *Client) noSuchImage(ctx context.Context, q ImageQuery) error {
	all, err := c.allImages(ctx)
	if err != nil {
		return err
	}
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].Name
	}
	if q.Name != "" && !slices.Contains(names, q.Name) {
		return faults.NoSuch("image (VM template or content library item)", q.Name, "datacenter "+c.Inventory.Places.DatacenterPath(), names)
	}
	slices.Sort(names)
	return openstack.NotFound("no image fits; there are %s", faults.Quoted(slices.Compact(names)))
}

func imageList(images []openstack.Image) string {
	out := make([]string, len(images))
	for i, image := range images {
		out[i] = fmt.Sprintf("%s (id %s, made %s)", cmp.Or(image.Path, image.Name), image.ID, image.Created.UTC().Format("2006-01-02"))
	}
	return strings.Join(out, ", ")
}

// templatesNamed finds the templates of a name in every VM folder.
func (c *Client) templatesNamed(ctx context.Context, name string) ([]openstack.Image, error) {
	dc, err := c.Inventory.Places.Datacenter(ctx)
	if err != nil {
		return nil, err
	}
	folders, err := wire.List[mo.Folder](ctx, c.wire, property.Below(dc.VmFolder), map[string][]string{"Folder": {"name", "parent"}})
	if err != nil {
		return nil, faults.Explain("listing the VM folders", err)
	}
	if len(folders) > manyFolders {
		all, err := c.allTemplates(ctx)
		return slices.DeleteFunc(all, func(i openstack.Image) bool { return i.Name != name }), err
	}
	children, err := c.childrenNamed(ctx, folders, name)
	if err != nil {
		return nil, err
	}
	return c.readTemplates(ctx, dc, folders, children)
}

// childrenNamed asks every folder, several at a time.
func (c *Client) childrenNamed(ctx context.Context, folders []mo.Folder, name string) ([]ref, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	found := make([]*ref, len(folders))
	failed := make([]error, len(folders))
	var all sync.WaitGroup
	for i, folder := range folders {
		all.Go(func() {
			res, err := methods.FindChild(ctx, vim, &types.FindChild{This: *vim.ServiceContent.SearchIndex, Entity: folder.Self,
				Name: property.EscapeName(name)})
			if failed[i] = err; err == nil {
				found[i] = res.Returnval
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, faults.Explain(fmt.Sprintf("looking for the image %q", name), err)
	}
	var out []ref
	for _, r := range found {
		if r != nil && r.Type == "VirtualMachine" {
			out = append(out, *r)
		}
	}
	return out, nil
}

// readTemplates reads those of the machines that are templates, in one call, and puts them on the shelf.
func (c *Client) readTemplates(ctx context.Context, dc inventory.Datacenter, folders []mo.Folder, vms []ref) ([]openstack.Image, error) {
	var out []openstack.Image
	var all sync.WaitGroup
	images := make([]template, len(vms))
	failed := make([]error, len(vms))
	for i, vm := range vms {
		all.Go(func() { images[i], failed[i] = c.readTemplate(ctx, vm) })
	}
	all.Wait()
	for i, image := range images {
		switch {
		case errors.Is(failed[i], openstack.ErrNotFound):
			continue // not a template, or gone
		case failed[i] != nil:
			return nil, failed[i]
		}
		image.Path = inventory.FolderPath(dc.VmFolder, folders, image.Path) + image.Name
		c.images.keep(image)
		out = append(out, image.Image)
	}
	return out, nil
}

// readTemplate reads one template. Its Path is its folder's managed object id until somebody knows better.
func (c *Client) readTemplate(ctx context.Context, vm ref) (template, error) {
	found, err := wire.Read[mo.VirtualMachine](ctx, c.wire, vm, templatePaths)
	if err != nil {
		return template{}, faults.Explain("reading the image "+vm.Value, err)
	}
	if found.Config == nil || !found.Config.Template {
		return template{}, openstack.NotFound("VM %s is not a template", found.Name)
	}
	image := openstack.Image{
		ID: strings.ToLower(found.Config.InstanceUuid), Name: found.Name, Description: found.Config.Annotation, MoRef: vm.Value,
		Properties: properties(found), DiskFormat: "vmdk", Container: "bare", Updated: found.Config.Modified, GuestID: found.Config.GuestId,
	}
	if found.Snapshot != nil && found.Snapshot.CurrentSnapshot != nil {
		image.Snapshot = found.Snapshot.CurrentSnapshot.Value
	}
	if found.Parent != nil {
		image.Path = found.Parent.Value
	}
	if image.Created = found.Config.Modified; found.Config.CreateDate != nil {
		image.Created = *found.Config.CreateDate
	}
	if disk := hardware.RootDisk(found.Config.Hardware.Device); disk != nil {
		image.SizeBytes = disk.CapacityInKB << 10
		image.MinDisk = (disk.CapacityInKB + 1<<20 - 1) >> 20
	}
	return template{image, found.Config}, nil
}

// locatedTemplate is readTemplate with the inventory path.
func (c *Client) locatedTemplate(ctx context.Context, vm ref) (template, error) {
	found, err := c.readTemplate(ctx, vm)
	if err != nil {
		return found, err
	}
	dc, err := c.Inventory.Places.Datacenter(ctx)
	if err != nil {
		return found, err
	}
	folders, err := wire.List[mo.Folder](ctx, c.wire, property.Below(dc.VmFolder), map[string][]string{"Folder": {"name", "parent"}})
	if err != nil {
		return found, faults.Explain("listing the VM folders", err)
	}
	found.Path = inventory.FolderPath(dc.VmFolder, folders, found.Path) + found.Name
	return found, nil
}

// properties are a template's Glance properties: custom attributes of those names go before its extraConfig.
func properties(vm mo.VirtualMachine) map[string]string {
	out := map[string]string{}
	for key, value := range property.ExtraConfig(vm.Config.ExtraConfig) {
		if name, ok := strings.CutPrefix(key, imagePropertyPrefix); ok && value != "" {
			out[name] = value
		}
	}
	names := map[int32]string{}
	for _, field := range vm.AvailableField {
		names[field.Key] = field.Name
	}
	for _, v := range vm.CustomValue {
		value, ok := v.(*types.CustomFieldStringValue)
		if name := ""; ok && value.Value != "" {
			if name = names[value.Key]; isGlance(name) {
				out[name] = value.Value
			}
		}
	}
	return out
}

// isGlance knows the names of image properties among all custom attributes.
func isGlance(name string) bool {
	for _, prefix := range []string{"hw_", "os_", "vmware_", "img_", "novasphere_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// allTemplates lists every template of the datacenter but our own deployed copies. Its cost grows with the number of VMs.
func (c *Client) allTemplates(ctx context.Context) ([]openstack.Image, error) {
	dc, err := c.Inventory.Places.Datacenter(ctx)
	if err != nil {
		return nil, err
	}
	from := property.Below(dc.VmFolder)
	folders, err := wire.List[mo.Folder](ctx, c.wire, from, map[string][]string{"Folder": {"name", "parent"}})
	if err != nil {
		return nil, faults.Explain("listing the VM folders", err)
	}
	machines, err := wire.List[mo.VirtualMachine](ctx, c.wire, from,
		map[string][]string{"VirtualMachine": {"name", "summary.config.template"}})
	if err != nil {
		return nil, faults.Explain("listing the VM templates", err)
	}
	var vms []ref
	for _, vm := range machines {
		if vm.Summary.Config.Template && !strings.HasPrefix(vm.Name, inventory.DeployedPrefix) {
			vms = append(vms, vm.Self)
		}
	}
	return c.readTemplates(ctx, dc, folders, vms)
}

func (s *imageCache) keep(t template) {
	slot := s.slot(t.ID)
	_, _ = slot.Get(func() (template, error) { return t, nil })
}

func (s *imageCache) slot(id string) *wire.Lookup[template] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*wire.Lookup[template]{}
	}
	if s.byID[id] == nil {
		s.byID[id] = &wire.Lookup[template]{}
	}
	return s.byID[id]
}

// imageByID finds a template by its instance UUID, or a library item by its id. Asked ten times at once, it asks once.
func (c *Client) imageByID(ctx context.Context, id string) (template, error) {
	id = strings.ToLower(id)
	return c.images.slot(id).Get(func() (template, error) {
		vim, err := c.wire.Vim(ctx)
		if err != nil {
			return template{}, err
		}
		res, err := methods.FindByUuid(ctx, vim, &types.FindByUuid{This: *vim.ServiceContent.SearchIndex, Uuid: id, VmSearch: true,
			InstanceUuid: types.NewBool(true)})
		if err != nil {
			return template{}, faults.Explain("looking for the image "+id, err)
		}
		if res.Returnval != nil {
			return c.locatedTemplate(ctx, *res.Returnval)
		}
		item, err := c.libraryItem(ctx, id)
		return template{Image: item}, err
	})
}
