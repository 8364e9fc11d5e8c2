package app;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An app that tells what it was given. */
@SpringBootApplication
@RestController
public class Application {
    @GetMapping("/")
    String greet() {
        return "Spring Boot is here\n";
    }

    @GetMapping("/env")
    Map<String, String> environment() {
        return System.getenv();
    }

    @GetMapping("/healthz")
    String isWell() {
        return "";
    }

    public static void main(String[] arguments) {
        SpringApplication.run(Application.class, arguments);
    }
}
