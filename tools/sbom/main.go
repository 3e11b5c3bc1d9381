// Command sbom writes, beside each binary that it is given, what the binary is made of: a CycloneDX
// document of the modules that the Go toolchain has recorded in it. The same binary has the same
// document.
package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"
)

func main() {
	for _, file := range os.Args[1:] {
		if err := write(file); err != nil {
			fmt.Fprintln(os.Stderr, "sbom:", err)
			os.Exit(1)
		}
	}
}

// write writes the document of a binary to BINARY.cdx.json.
func write(file string) error {
	binary, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return fmt.Errorf("reading what %s is built of: %w", file, err)
	}
	var text bytes.Buffer
	encoder := cyclonedx.NewBOMEncoder(&text, cyclonedx.BOMFileFormatJSON).SetPretty(true)
	if err := encoder.EncodeVersion(describe(info, sha256.Sum256(binary)), cyclonedx.SpecVersion1_6); err != nil {
		return fmt.Errorf("describing %s: %w", file, err)
	}
	return os.WriteFile(file+".cdx.json", text.Bytes(), 0o644)
}

// describe is the document of a binary with this hash.
func describe(info *debug.BuildInfo, hash [sha256.Size]byte) *cyclonedx.BOM {
	bom := cyclonedx.NewBOM()
	bom.SerialNumber = serial(hash)
	product := module(&info.Main)
	product.Type = cyclonedx.ComponentTypeApplication
	product.Licenses = &cyclonedx.Licenses{{Expression: "Apache-2.0"}}
	product.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(hash[:])}}
	product.Properties = settings(info)
	bom.Metadata = &cyclonedx.Metadata{Timestamp: setting(info, "vcs.time"), Component: &product}

	parts := []cyclonedx.Component{standardLibrary(info)}
	for _, dep := range info.Deps {
		if dep.Replace != nil {
			dep = dep.Replace
		}
		parts = append(parts, module(dep))
	}
	refs := make([]string, len(parts))
	for i, part := range parts {
		refs[i] = part.BOMRef
	}
	bom.Components = &parts
	bom.Dependencies = &[]cyclonedx.Dependency{{Ref: product.BOMRef, Dependencies: &refs}}
	return bom
}

// module is a Go module as a component. Its sum, of go.sum, is no hash of a file, so it stands
// among the properties.
func module(m *debug.Module) cyclonedx.Component {
	url := "pkg:golang/" + m.Path + "@" + m.Version
	c := cyclonedx.Component{
		BOMRef: url, Type: cyclonedx.ComponentTypeLibrary,
		Name: m.Path, Version: m.Version, PackageURL: strings.ReplaceAll(url, "+", "%2B"),
	}
	if m.Sum != "" {
		c.Properties = &[]cyclonedx.Property{{Name: "go:sum", Value: m.Sum}}
	}
	return c
}

func standardLibrary(info *debug.BuildInfo) cyclonedx.Component {
	return module(&debug.Module{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")})
}

// settings are those of the build: what one needs to build the same again.
func settings(info *debug.BuildInfo) *[]cyclonedx.Property {
	properties := []cyclonedx.Property{{Name: "go:version", Value: info.GoVersion}}
	for _, s := range info.Settings {
		properties = append(properties, cyclonedx.Property{Name: "go:build:" + s.Key, Value: s.Value})
	}
	return &properties
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// serial is a UUID that follows from the binary (version 8 of RFC 9562, which is for such).
func serial(hash [sha256.Size]byte) string {
	id := hash[:16]
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
