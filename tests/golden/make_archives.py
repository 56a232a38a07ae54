#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the Java archives of tests/golden/analyzers/java again: each case as a table of its entries."""
import io
import pathlib
import zipfile

CASES = pathlib.Path(__file__).resolve().parent / "analyzers" / "java"


def archive(entries, prefix=b"", compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name.endswith(".jar") else compression
            written.writestr(info, content)
    return prefix + out.getvalue()


def properties(group, artifact, version):
    directory = f"META-INF/maven/{group}/{artifact}/"
    return {directory + "pom.properties": f"#Created by Apache Maven 3.8.1\ngroupId={group}\nartifactId={artifact}\n"
                                          f"version={version}\n"}


def manifest(**attributes):
    lines = ["Manifest-Version: 1.0"]
    for name, value in attributes.items():
        line = f"{name.replace('_', '-')}: {value}"
        lines += [line[:72]] + [" " + line[i:i + 71] for i in range(72, len(line), 71)]
    return {"META-INF/MANIFEST.MF": "\r\n".join(lines) + "\r\n\r\nName: a/B.class\r\nImplementation-Version: 9\r\n"}


def nested(depth):
    content = archive(properties("org.example", "innermost", "1.0"))
    for level in range(depth):
        content = archive({f"level{level}.jar": content})
    return content


def pom(body):
    return f"<?xml version=\"1.0\"?>\n<!-- <groupId>no</groupId> -->\n<project xmlns=\"x\">\n{body}\n</project>\n"


def licenses(*names):
    return "<licenses>" + "".join(f"<license><name>{name}</name></license>" for name in names) + "</licenses>"


SPRING = manifest(Implementation_Title="spring-core", Implementation_Version="5.3.20",
                  Automatic_Module_Name="spring.core")
CASES_AND_FILES = {
    "maven": {
        "app/commons-io-2.11.0.jar": archive(properties("commons-io", "commons-io", "2.11.0") |
                                             manifest(Implementation_Title="Apache Commons IO")),
        "app/shaded.jar": archive(properties("org.example", "shaded", "1.0") | properties("log4j", "log4j", "1.2.17") |
                                  {"BOOT-INF/classes/META-INF/maven/a/b/pom.properties":
                                   "! comment\ngroupId : org.a\\\n   .b\nartifactId b\\u0062\nversion=2\\.0\n"} |
                                  {"copy/pom.properties": "groupId=log4j\nartifactId=log4j\nversion=1.2.17\n"}),
        "app/from-pom.jar": archive({
            "META-INF/maven/g/a/pom.xml": pom("<parent><groupId>org.parent</groupId><artifactId>p</artifactId>"
                                              "<version>7</version></parent><artifactId>child</artifactId>"
                                              "<dependencies><dependency><groupId>x</groupId><version>1</version>"
                                              "</dependency></dependencies>"),
            "META-INF/maven/g/b/pom.xml": pom("<groupId>org.b</groupId><artifactId>b</artifactId>"
                                              "<version>${revision}</version>"),
            "META-INF/maven/g/b/pom.properties": "version=3.1\n",
            "META-INF/maven/g/c/pom.properties": "groupId=g\nartifactId=c\n"}),
    },
    "licenses": {
        "one.jar": archive(manifest(Bundle_License='Apache-2.0;link="https://a.example/l";description="of one, two",MIT') |
                           properties("g", "one", "1")),
        "two.jar": archive(manifest(Bundle_License="Apache-2.0") | properties("g", "a", "1") | properties("g", "b", "1")),
        "named-1.2.jar": archive(manifest(Bundle_License="https://www.apache.org/licenses/LICENSE-2.0.txt")),
        "external-1.2.jar": archive(manifest(Bundle_License="<<EXTERNAL>>")),
        "poms.jar": archive(manifest(Bundle_License="https://of.the/bundle") |
                            properties("g", "a", "1") | {"META-INF/maven/g/a/pom.xml": pom(
                                "<artifactId>a</artifactId>" + licenses("The Apache License,\n  Version 2.0", "MIT"))} |
                            {"META-INF/maven/g/b/pom.xml": pom(
                                "<groupId>g</groupId><artifactId>b</artifactId><version>2</version>" +
                                licenses("LGPL &amp; others"))}),
        "by-pom.jar": archive(manifest(Bundle_License="https://of.the/bundle") | properties("g", "one", "1") |
                              {"META-INF/maven/g/one/pom.xml": pom(licenses("Apache-2.0"))}),
        "by-manifest.jar": archive(manifest(Bundle_License="https://of.the/bundle") | properties("g", "one", "1") |
                                   {"META-INF/maven/g/one/pom.xml": pom("<artifactId>one</artifactId>")}),
    },
    "named": {
        "lib/spring-core-5.3.20.jar": archive(SPRING),
        "lib/guava-31.1-jre.jar": archive(manifest()),
        "lib/log4j-1.2-api-2.17.1.jar": archive(manifest()),
        "lib/app-1.0-SNAPSHOT-sources.jar": archive({}),
        "lib/org.eclipse.osgi-3.18.0.jar": archive(manifest(Bundle_SymbolicName="org.eclipse.osgi; singleton:=true")),
        "lib/hibernate-core-6.1.0.Final.jar": archive(manifest(Bundle_SymbolicName="org.hibernate.orm.core")),
        "lib/thing.war": archive(manifest(Created_By="Apache Maven Bundle Plugin 5.1", Bundle_SymbolicName="org.x.thing",
                                          Implementation_Version="1.5.0 (built today)",
                                          Export_Package="a." * 60 + "end")),
        "lib/vendor.jar": archive(manifest(Implementation_Vendor_Id="com.vendor", Specification_Title="the-vendor",
                                           Implementation_Version="${version}", Specification_Version="4.2")),
        "tomcat/lib/catalina.jar": archive(manifest(Implementation_Title="Apache Tomcat",
                                                    Implementation_Version="9.0.50")),
        "lib/servlet-api-2.5.jar": archive(manifest()),
        "lib/unknown.jar": archive({"a/B.class": "x"}),
        "jmods/java.base.jmod": archive({"classes/module-info.class": "x"}, b"JM\1\0"),
    },
    "nested": {
        "app.jar": archive({"BOOT-INF/lib/a-1.0.jar": archive(properties("g", "a", "1.0")),
                            "/BOOT-INF/lib/b-2.0.jar": archive({"inner/c-3.jar": archive(manifest())}),
                            } | properties("g", "app", "0.1"), b"#!/bin/sh\nexec java -jar $0\n"),
        "app.ear": archive({"web.war": archive({"WEB-INF/lib/d-1.jar": archive({})})}),
        "ten.jar": nested(10),
        "hundred.jar": nested(100),
    },
    "damage": {
        "text.jar": b"this is no archive",
        "pictures.rar": b"Rar!\x1a\x07\x00 is another format",
        "empty.jar": b"",
        "outer.jar": archive({"lib/broken.jar": b"PK\3\4", "lib/fine-1.jar": archive({})}),
        "cut.jar": archive(properties("g", "a", "1"))[:-30],
        "changed.jar": archive(properties("g", "a", "1"), compression=zipfile.ZIP_STORED).replace(b"version=1",
                                                                                               b"version=2"),
    },
}


def main():
    for case, files in CASES_AND_FILES.items():
        for name, content in files.items():
            path = CASES / case / "input" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


main()
