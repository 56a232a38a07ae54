// SPDX-License-Identifier: Apache-2.0
// Answers "A<tab>B" lines by Maven's ComparableVersion.
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.maven.artifact.versioning.ComparableVersion;

public class MavenPairs {
    public static void main(String[] arguments) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder answers = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] pair = line.split("\t");
            int order = new ComparableVersion(pair[0]).compareTo(new ComparableVersion(pair[1]));
            answers.append(Integer.signum(order)).append('\n');
        }
        System.out.print(answers);
    }
}
