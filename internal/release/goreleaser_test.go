// SPDX-License-Identifier: MPL-2.0

package release

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// goreleaser is what the tests look at in .goreleaser.yml.
type goreleaser struct {
	Version  int
	Project  string `yaml:"project_name"`
	Before   struct{ Hooks []string }
	Env      []string
	Builds   []build
	Archives []archive
	Checksum struct {
		Name      string `yaml:"name_template"`
		Algorithm string
		IDs       []string
		Extra     []extra `yaml:"extra_files"`
	}
	Signs []struct {
		Artifacts string
		IDs       []string
		Args      []string
	}
	Release struct {
		Draft bool
		Extra []extra `yaml:"extra_files"`
	}
}

type build struct {
	ID, Main, Binary string
	Flags, LDFlags   []string
	Systems          []string            `yaml:"goos"`
	Architectures    []string            `yaml:"goarch"`
	Ignore           []map[string]string // pairs of goos and goarch
}

type archive struct {
	ID      string
	IDs     []string
	Formats []string
	Name    string `yaml:"name_template"`
	Files   []struct{ Src string }
}

type extra struct {
	Glob string
	Name string `yaml:"name_template"`
}

// What registries ask of names, with what GoReleaser puts into its templates. Terraform finds the program in a package by its name.
const (
	packageName  = "{{ .ProjectName }}_{{ .Version }}_{{ .Os }}_{{ .Arch }}"
	programName  = "{{ .ProjectName }}_v{{ .Version }}"
	sumsName     = "{{ .ProjectName }}_{{ .Version }}_SHA256SUMS"
	manifestName = "{{ .ProjectName }}_{{ .Version }}_manifest.json"
	manifestFile = "terraform-registry-manifest.json"
)

func configuration(t *testing.T) (out goreleaser) {
	t.Helper()
	decoded(t, ".goreleaser.yml", &out)
	return out
}

// TestReleaseIsWhatRegistriesTake: names, formats, checksums, manifest and signature as the registries of Terraform and OpenTofu document.
func TestReleaseIsWhatRegistriesTake(t *testing.T) {
	t.Parallel()
	c := configuration(t)
	provider, packed := c.Builds[0], c.Archives[0]
	manifest := []extra{{Glob: manifestFile, Name: manifestName}}
	for what, holds := range map[string]bool{
		"version 2 of its format":          c.Version == 2,
		"the repository's name":            c.Project == "terraform-provider-novasphere",
		"no C":                             slices.Contains(c.Env, "CGO_ENABLED=0"),
		"the provider first":               provider.ID == "provider" && packed.ID == "provider",
		"the provider alone in a package":  slices.Equal(packed.IDs, []string{"provider"}),
		"the program's name":               provider.Binary == programName,
		"no paths in the program":          slices.Contains(provider.Flags, "-trimpath"),
		"zips":                             slices.Equal(packed.Formats, []string{"zip"}),
		"the packages' names":              packed.Name == packageName,
		"the name of the checksums":        c.Checksum.Name == sumsName && c.Checksum.Algorithm == "sha256",
		"checksums of packages alone":      slices.Equal(c.Checksum.IDs, []string{"provider"}),
		"the manifest among the checksums": slices.Equal(c.Checksum.Extra, manifest),
		"the manifest in the release":      slices.Equal(c.Release.Extra, manifest),
		"a signature of the checksums":     c.Signs[0].Artifacts == "checksum",
		"a binary one, apart from them":    slices.Contains(c.Signs[0].Args, "--detach-sign") && !slices.Contains(c.Signs[0].Args, "--armor"),
		"a release, not a draft":           !c.Release.Draft,
		"the tag is compared first":        len(c.Before.Hooks) > 0 && strings.Contains(c.Before.Hooks[0], "release-tag TAG={{ .Tag }}"),
	} {
		if !holds {
			t.Errorf(".goreleaser.yml: %s is missing", what)
		}
	}
}

// TestReleaseHoldsNovasim: its archives look like no package of the provider, and are signed, since no checksums are.
func TestReleaseHoldsNovasim(t *testing.T) {
	t.Parallel()
	c := configuration(t)
	if len(c.Builds) != 2 || len(c.Archives) != 2 || len(c.Signs) != 2 {
		t.Fatalf("%d builds, %d archives, %d signatures: the provider's and novasim's expected", len(c.Builds), len(c.Archives), len(c.Signs))
	}
	packed, signed := c.Archives[1], c.Signs[1]
	if c.Builds[1].ID != "novasim" || !slices.Equal(packed.IDs, []string{"novasim"}) || !strings.HasPrefix(packed.Name, "novasim_") {
		t.Errorf("novasim's archive is %+v", packed)
	}
	if signed.Artifacts != "archive" || !slices.Equal(signed.IDs, []string{"novasim"}) {
		t.Errorf("%+v does not sign novasim's archives", signed)
	}
}

// TestReleaseIsForThesePlatforms: those that the registries recommend.
func TestReleaseIsForThesePlatforms(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"provider": {"darwin_amd64", "darwin_arm64", "freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64", "linux_386",
			"linux_amd64", "linux_arm", "linux_arm64", "windows_386", "windows_amd64", "windows_arm64"},
		"novasim": {"darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64", "windows_amd64", "windows_arm64"},
	}
	for _, b := range configuration(t).Builds {
		if have := b.platforms(); !slices.Equal(have, want[b.ID]) {
			t.Errorf("%s is for %v, and %v expected", b.ID, have, want[b.ID])
		}
	}
}

func (b build) platforms() (out []string) {
	for _, system := range b.Systems {
		for _, architecture := range b.Architectures {
			left := func(i map[string]string) bool { return i["goos"] == system && i["goarch"] == architecture }
			if !slices.ContainsFunc(b.Ignore, left) {
				out = append(out, system+"_"+architecture)
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestReleaseSetsVariablesThatExist: the linker says nothing of a variable that it does not find.
func TestReleaseSetsVariablesThatExist(t *testing.T) {
	t.Parallel()
	set := regexp.MustCompile(`-X main\.(\w+)=`)
	for _, b := range configuration(t).Builds {
		source := contentOf(t, strings.TrimPrefix(strings.TrimPrefix(b.Main, "./")+"/main.go", "/"))
		names := set.FindAllStringSubmatch(strings.Join(b.LDFlags, " "), -1)
		if len(names) != 2 {
			t.Errorf("%s: %v sets other variables than the version and the commit", b.ID, b.LDFlags)
		}
		for _, name := range names {
			if !regexp.MustCompile(`(?m)^var (?:\w+, )*` + name[1] + `\b.* = `).MatchString(source) {
				t.Errorf("%s: main.go has no variable %s that the build could set", b.ID, name[1])
			}
		}
	}
}

// TestReleaseHoldsLicences: each archive has ours, and those of what is in the program.
func TestReleaseHoldsLicences(t *testing.T) {
	t.Parallel()
	for _, a := range configuration(t).Archives {
		var files []string
		for _, f := range a.Files {
			files = append(files, f.Src)
			if _, err := os.Stat(root + "/" + f.Src); err != nil {
				t.Error(err)
			}
		}
		if !slices.Equal(files, []string{"LICENSE", "THIRD_PARTY_LICENSES.txt"}) {
			t.Errorf("the archive %s holds %v", a.ID, files)
		}
	}
}

// TestManifest: without it a registry takes a provider to speak version 5 of the protocol.
func TestManifest(t *testing.T) {
	t.Parallel()
	var manifest struct {
		Version  int
		Metadata struct {
			Protocols []string `json:"protocol_versions"`
		}
	}
	if err := json.Unmarshal([]byte(contentOf(t, manifestFile)), &manifest); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(manifest); got != "{1 {[6.0]}}" {
		t.Errorf("%s says %s", manifestFile, got)
	}
}
